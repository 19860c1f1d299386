/** The functions around a call, one case each, with a fetch that is no network. */
import { assertEqual, rejectsWith } from "./assertions.mjs";
import { ANSWER, findResponseClass, hasBody, KEY, REQUEST } from "./endpoint.mjs";

const NO_STREAM = "its fetch gives no response.body: there is nothing to stream";

const event = (data) => `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
const delta = (fields, finish_reason = null) => event({ choices: [{ index: 0, delta: fields, finish_reason }] });
const answer = (text) => delta({ content: text }) + delta({}, "stop") + event("[DONE]");
const call = { index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Paris"}' } };

/** Options whose fetch gives these responses, in turn; the requests are kept. */
async function scripted(context, ...responses) {
  const Response = await findResponseClass(context);
  const requests = [];
  const fetch = async (url, { method, body }) => {
    const { status = 200, body: text } = responses[requests.length];
    requests.push({ url, method, body: body && JSON.parse(body) });
    return new Response(text, { status });
  };
  return { requests, options: { fetch, apiKey: KEY, maxRetries: 0 } };
}

const json = (body, status) => ({ status, body: JSON.stringify(body) });

/** @type {import("./endpoint.mjs").Suite} */
export async function runTools(context) {
  if (!(await hasBody(context))) return NO_STREAM;
  const { requests, options } = await scripted(
    context,
    { body: delta({ tool_calls: [call] }) + delta({}, "tool_calls") + event("[DONE]") },
    { body: answer(ANSWER) },
  );
  const tools = { weather: { parameters: { type: "object" }, execute: ({ city }) => ({ city }) } };
  const types = [];
  let finish;
  for await (const item of context.lib.runTools(REQUEST, tools, options)) {
    types.push(item.type);
    finish = item;
  }
  assertEqual(types, ["chunk", "chunk", "tool-call", "tool-result", "chunk", "chunk", "finish"], "the events");
  assertEqual(finish.messages.length, 4, "the conversation");
  assertEqual(requests[1].body.messages[2].content, '{"city":"Paris"}', "the result that is sent");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function parse(context) {
  const { lib } = context;
  const schema = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
  const content = JSON.stringify({ text: ANSWER });
  const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
  const { value } = await lib.parse(REQUEST, schema, (await scripted(context, json({ choices }))).options);
  assertEqual(value, { text: ANSWER }, "the value");
  const wrong = await scripted(context, json({ choices: [{ ...choices[0], message: { content: "no JSON" } }] }));
  await rejectsWith(context, lib.parse(REQUEST, schema, wrong.options), "InvalidResponseError", "no JSON");
  if (!(await hasBody(context))) return NO_STREAM;
  const drafts = [];
  const onPartial = (draft) => drafts.push(draft.text);
  const pieces = content.match(/.{1,9}/gu).map((piece) => delta({ content: piece }));
  const streamed = await scripted(context, { body: pieces.join("") + delta({}, "stop") });
  await lib.parse(REQUEST, schema, { ...streamed.options, onPartial });
  assertEqual(drafts.at(-1), ANSWER, "the last draft");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function fallback(context) {
  if (!(await hasBody(context))) return NO_STREAM;
  const { lib } = context;
  const { requests, options } = await scripted(
    context,
    { body: delta({ role: "assistant" }) },
    { body: answer(ANSWER) },
  );
  const chunks = await lib.fallback(["a/b", "c/d"], (model) => lib.stream({ ...REQUEST, model }, options));
  let text = "";
  for await (const piece of lib.text(chunks)) text += piece;
  assertEqual([text, requests.map(({ body }) => body.model)], [ANSWER, ["a/b", "c/d"]], "the second model");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function models(context) {
  const { lib } = context;
  const list = { data: [{ id: "a/b", pricing: { prompt: "0.000002", completion: 0.000004 } }] };
  const { requests, options } = await scripted(context, json(list));
  const [{ pricing }] = await lib.models(options);
  assertEqual(requests, [{ url: "https://inference.baseten.co/v1/models", method: "GET" }], "the request");
  assertEqual(lib.cost({ prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 }, pricing), 0.000008, "the cost");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function embed(context) {
  const { lib } = context;
  const list = { data: [{ index: 0, embedding: "AACAPwAAAMA=" }], usage: { prompt_tokens: 1, total_tokens: 1 } };
  const { data, usage } = await lib.embed(
    { model: "abcd1234", input: "text" },
    (await scripted(context, json(list))).options,
  );
  assertEqual([data[0].embedding, usage.total_tokens], [[1, -2], 1], "the embedding");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function wake(context) {
  const { lib } = context;
  const { requests, options } = await scripted(context, json({}, 202));
  await lib.wake("baseten/abcd1234", options);
  const url = "https://model-abcd1234.api.baseten.co/environments/production/wake";
  assertEqual(requests, [{ url, method: "POST" }], "the request");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function toReadableStream(context) {
  if (!(await hasBody(context))) return NO_STREAM;
  const { lib } = context;
  const chunks = lib.stream(REQUEST, (await scripted(context, { body: answer(ANSWER) })).options);
  const Response = await findResponseClass(context);
  const fetch = async () => new Response(lib.toReadableStream(chunks));
  const { choices } = await lib.collect(lib.stream(REQUEST, { fetch }));
  assertEqual(choices[0].message.content, ANSWER, "the content");
}
