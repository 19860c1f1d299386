/** Good days: an answer in one piece, in chunks, and put together again. */
import { fails, ok, same } from "./expect.mjs";
import { ANSWER, KEY, REQUEST, streams, visit } from "./visit.mjs";

/** @type {import("./visit.mjs").Suite} */
export async function completion(context) {
  const place = visit(context, "whole");
  const { choices, usage } = await context.lib.completion(REQUEST, place.options());
  same(choices[0].message.content, ANSWER, "content");
  same(usage.total_tokens, 12, "usage");
  const [{ headers, body }] = await place.seen();
  same(headers.authorization, `Bearer ${KEY}`, "the key");
  same(headers["content-type"], "application/json", "the content type");
  same(body, { model: "openai/gpt-oss-120b", messages: REQUEST.messages }, "the body");
}

async function chunksAndText(context) {
  const { stream, text } = context.lib;
  const place = visit(context, "chunks");
  const chunks = [];
  for await (const chunk of stream(REQUEST, place.options())) chunks.push(chunk);
  same(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join(""), ANSWER, "content");
  same(chunks.at(-1).usage.total_tokens, 12, "usage");
  const [{ body }] = await place.seen();
  same([body.stream, body.stream_options], [true, { include_usage: true }], "the body");
  let all = "";
  for await (const piece of text(stream(REQUEST, visit(context, "chunks").options()))) all += piece;
  same(all, ANSWER, "text");
}

/** @type {import("./visit.mjs").Suite} */
export async function stream(context) {
  const { lib } = context;
  if (!(await streams(context))) {
    const first = lib.stream(REQUEST, visit(context, "chunks").options()).next();
    const { message } = await fails(context, first, "InvalidResponseError", "a response without a body");
    ok(message.includes("expo/fetch"), `a message that names expo/fetch, got: ${message}`);
    return "its fetch gives no response.body: `stream` says so, and names expo/fetch";
  }
  await chunksAndText(context);
  const pieces = [];
  for await (const chunk of lib.stream(REQUEST, visit(context, "whole").options())) pieces.push(chunk);
  same([pieces.length, pieces[0].choices[0].delta.content], [1, ANSWER], "a server that does not stream");
}

/** @type {import("./visit.mjs").Suite} */
export async function collect(context) {
  const { lib } = context;
  const kept = [];
  if (await streams(context)) {
    const call = lib.stream(REQUEST, visit(context, "chunks").options());
    const keep = async function* () {
      for await (const chunk of call) {
        kept.push(chunk);
        yield chunk;
      }
    };
    const { choices, usage } = await lib.collect(keep());
    same([choices[0].message.content, choices[0].finish_reason], [ANSWER, "stop"], "the completion");
    same(usage.total_tokens, 12, "usage");
    const { choices: called } = await lib.collect(lib.stream(REQUEST, visit(context, "tools").options()));
    const [{ id, function: calls }] = called[0].message.tool_calls;
    same([id, calls.name, calls.arguments], ["call_1", "weather", '{"city":"Paris"}'], "the tool call");
  } else kept.push({ choices: [{ index: 0, delta: { content: ANSWER }, finish_reason: "stop" }] });
  const { choices } = await lib.collect(kept);
  same(choices[0].message.content, ANSWER, "an array of chunks");
}
