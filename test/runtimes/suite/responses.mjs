/** Complete responses: a whole completion, a stream, and a stream collected. */
import { assert, assertEqual, rejectsWith } from "./assertions.mjs";
import { ANSWER, createEndpoint, hasBody, KEY, REQUEST } from "./endpoint.mjs";

/** @type {import("./endpoint.mjs").Suite} */
export async function completion(context) {
  const endpoint = createEndpoint(context, "whole");
  const { choices, usage } = await context.lib.completion(REQUEST, endpoint.options());
  assertEqual(choices[0].message.content, ANSWER, "content");
  assertEqual(usage.total_tokens, 12, "usage");
  const [{ headers, body }] = await endpoint.getRequests();
  assertEqual(headers.authorization, `Bearer ${KEY}`, "the key");
  assertEqual(headers["content-type"], "application/json", "the content type");
  assertEqual(body, { model: "openai/gpt-oss-120b", messages: REQUEST.messages }, "the body");
}

async function checkChunksAndText(context) {
  const { stream, text } = context.lib;
  const endpoint = createEndpoint(context, "chunks");
  const chunks = [];
  for await (const chunk of stream(REQUEST, endpoint.options())) chunks.push(chunk);
  assertEqual(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join(""), ANSWER, "content");
  assertEqual(chunks.at(-1).usage.total_tokens, 12, "usage");
  const [{ body }] = await endpoint.getRequests();
  assertEqual([body.stream, body.stream_options], [true, { include_usage: true }], "the body");
  let all = "";
  for await (const piece of text(stream(REQUEST, createEndpoint(context, "chunks").options()))) all += piece;
  assertEqual(all, ANSWER, "text");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function stream(context) {
  const { lib } = context;
  if (!(await hasBody(context))) {
    const first = lib.stream(REQUEST, createEndpoint(context, "chunks").options()).next();
    const { message } = await rejectsWith(context, first, "InvalidResponseError", "a response without a body");
    assert(message.includes("expo/fetch"), `a message that names expo/fetch, got: ${message}`);
    return "its fetch gives no response.body: `stream` says so, and names expo/fetch";
  }
  await checkChunksAndText(context);
  const pieces = [];
  for await (const chunk of lib.stream(REQUEST, createEndpoint(context, "whole").options())) pieces.push(chunk);
  assertEqual([pieces.length, pieces[0].choices[0].delta.content], [1, ANSWER], "a server that does not stream");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function collect(context) {
  const { lib } = context;
  const kept = [];
  if (await hasBody(context)) {
    const call = lib.stream(REQUEST, createEndpoint(context, "chunks").options());
    const keep = async function* () {
      for await (const chunk of call) {
        kept.push(chunk);
        yield chunk;
      }
    };
    const { choices, usage } = await lib.collect(keep());
    assertEqual([choices[0].message.content, choices[0].finish_reason], [ANSWER, "stop"], "the completion");
    assertEqual(usage.total_tokens, 12, "usage");
    const { choices: called } = await lib.collect(lib.stream(REQUEST, createEndpoint(context, "tools").options()));
    const [{ id, function: calls }] = called[0].message.tool_calls;
    assertEqual([id, calls.name, calls.arguments], ["call_1", "weather", '{"city":"Paris"}'], "the tool call");
  } else kept.push({ choices: [{ index: 0, delta: { content: ANSWER }, finish_reason: "stop" }] });
  const { choices } = await lib.collect(kept);
  assertEqual(choices[0].message.content, ANSWER, "an array of chunks");
}
