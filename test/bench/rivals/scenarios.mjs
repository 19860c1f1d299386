/**
 * The rows of the comparison as data: what the server does, what the caller does, and what counts as right.
 *
 * @typedef {object} Scenario
 * @property {string} id Kebab-case. The demo and the documents refer to it, so it never changes.
 * @property {string} name Continues "the server …" or "the client's stream …".
 * @property {Record<string, import("./scripted-server.mjs").Script>} scripts By label; "" where there is one.
 * @property {string} [text] What must be delivered of choice 0; default "Hello, world".
 * @property {boolean} [fails] Whether, after that text, an error of the client's own must be thrown; else the loop must end.
 * @property {(seen: import("./verdicts.mjs").Seen) => boolean} [isRight] Replaces what `text` and `fails` say.
 * @property {(seen: import("./verdicts.mjs").Seen) => string | false} [verdict] A verdict for this row alone, if not right.
 * @property {"stream" | "completion" | "toolCalls"} [call] What is called; default "stream".
 * @property {"abort" | "break" | "slow"} [caller] What the caller does after the first text; else it reads to the end.
 * @property {number} [limit] ms after which the client counts as hanging; default 4,000.
 * @property {number} [timeout] ms, given to the client's own option.
 * @property {number} [n] Choices to ask for.
 * @property {string} [note] A footnote: what may be judged otherwise.
 */
import { drip, end, FLOOD_BYTES, flood, reset, stall } from "./scripted-server.mjs";

const event = (value) => `data: ${JSON.stringify(value)}\n\n`;
const choice = (content, finish_reason = null, index = 0) => ({ index, delta: { content }, finish_reason });
const chunk = (one, more = {}) => ({ id: "1", object: "chat.completion.chunk", model: "m", choices: [one], ...more });
const contentEvent = (...fields) => event(chunk(choice(...fields)));
const toolCallEvent = (index, id, name, args) => {
  const call = { index, id, type: "function", function: { name, arguments: JSON.stringify(args) } };
  return event(chunk({ index: 0, delta: { role: "assistant", tool_calls: [call] }, finish_reason: null }));
};

const DONE = "data: [DONE]\n\n";
const HELLO = [contentEvent("Hello"), contentEvent(", world")];
const FINISH = [contentEvent("", "stop"), DONE, end];
const COMPLETE = [...HELLO, ...FINISH];
const script = (...steps) => ({ "": { steps } });
const rewrite = (steps, change) => steps.map((step) => (typeof step === "string" ? change(step) : step));
const response = (type, body, more) => ({ headers: { "content-type": type }, steps: [body, end], ...more });

const message = { role: "assistant", content: "Hello, world" };
const completion = { ...chunk({ index: 0, message, finish_reason: "stop" }), object: "chat.completion" };
const errorBody = { error: { message: "overloaded", type: "server_error", code: 503 } };
const emoji = Buffer.from(contentEvent("Hello 😀"));
const insideEmoji = emoji.indexOf(0xf0) + 2;
const textPart = (text) => ({ type: "text", text });
const thinkingPart = { type: "thinking", thinking: [textPart("The user greets.")] };
const TOOL_CALLS = [
  ["weather", { city: "Paris" }],
  ["time", { zone: "CET" }],
];

/** @type {Scenario[]} */
const endings = [
  {
    id: "no-finish",
    name: "closes with neither finish nor `[DONE]`",
    scripts: script(...HELLO, end),
    fails: true,
  },
  {
    id: "ends-inside-event",
    name: "ends inside an event",
    scripts: script(...HELLO, contentEvent("!").slice(0, 60), end),
    fails: true,
  },
  {
    id: "no-last-blank-line",
    name: "leaves out the last blank line",
    scripts: {
      "no blank line": { steps: [HELLO[0], contentEvent(", world", "stop").slice(0, -1), end] },
      "no line end": { steps: [HELLO[0], contentEvent(", world", "stop").slice(0, -2), end] },
    },
    note: "The standard discards such an event. Right here means that no text is lost without an error.",
  },
  { id: "socket-reset", name: "breaks the socket mid-stream", scripts: script(...HELLO, reset), fails: true },
  {
    id: "open-after-done",
    name: "keeps the socket open after `[DONE]`",
    scripts: script(...COMPLETE.slice(0, -1), stall),
  },
  {
    id: "silent-mid-stream",
    name: "falls silent mid-stream (timeout of 1 s set where there is one)",
    scripts: script(...HELLO, stall),
    timeout: 1000,
    fails: true,
    note:
      "The timeouts of openai and openai-fetch end at the headers, xsai and litellm-js have none; " +
      "a signal of the caller's own can end the wait, except in litellm-js.",
  },
  {
    id: "endless-comments",
    name: "sends comments and never an event (timeout of 1 s set where there is one)",
    scripts: script(": keep-alive\n\n", drip),
    timeout: 1000,
    text: "",
    fails: true,
    note: "A proxy in front of a dead upstream keeps the connection alive so.",
  },
];

/** @type {Scenario[]} */
const errors = [
  {
    id: "error-event",
    name: "sends an error event, object or string",
    scripts: {
      object: { steps: [...HELLO, event(errorBody), DONE, end] },
      string: { steps: [...HELLO, event({ error: "overloaded" }), DONE, end] },
    },
    fails: true,
  },
  {
    id: "named-error-event",
    name: 'sends `event: error` with `{"code":500,"detail":"…"}`, then `[DONE]`',
    scripts: script(...HELLO, `event: error\n${event({ code: 500, detail: "overloaded" })}`, DONE, end),
    fails: true,
  },
  {
    id: "error-null",
    name: 'sends `"error": null` in good chunks',
    scripts: script(...rewrite(COMPLETE, (text) => text.replace('{"id"', '{"error":null,"id"'))),
  },
  {
    id: "event-not-json",
    name: "sends one event that is not JSON",
    scripts: script(...HELLO, "data: {oops\n\n", ...COMPLETE),
    fails: true,
  },
  {
    id: "html-or-json",
    name: "answers 200 with HTML, or with JSON",
    scripts: {
      HTML: response("text/html", "<!doctype html><title>Sign in</title>"),
      JSON: response("application/json", JSON.stringify(completion)),
      "JSON error": response("application/json", JSON.stringify(errorBody)),
    },
    isRight: ({ error, texts }) => Boolean(error?.own) || (!error && texts[0] === message.content),
    note: "A whole completion as JSON may be delivered or refused; an empty stream that ends without an error is neither.",
  },
  {
    id: "endless-json",
    name: "answers a call without a stream with JSON that never ends (128 MiB are sent)",
    call: "completion",
    scripts: {
      "": { headers: { "content-type": "application/json" }, steps: ['{"choices":[', " ".repeat(1024), flood] },
    },
    limit: 30_000,
    isRight: ({ error, server }) => Boolean(error?.own) && server.closed && server.flooded < FLOOD_BYTES,
    verdict: ({ finished, server }) => !finished && `reads on, ${Math.round(server.flooded / 2 ** 20)} MiB`,
    note: "May be judged otherwise: few clients promise a limit. What is at stake is memory: the whole body is kept.",
  },
  {
    id: "retry-after",
    name: "asks for Retry-After: 120",
    scripts: { "": response("application/json", JSON.stringify(errorBody), { status: 429, retryAfter: 120 }) },
    limit: 20_000,
    isRight: ({ error, server }) => Boolean(error?.own) && server.requests === 1,
    verdict: ({ finished, ms, server }) =>
      finished ? `${server.requests} requests in ${(ms / 1000).toFixed(1)} s` : "waits",
    note: "With each client's default retries. Waiting would be right too; another request before the 120 s are over is not.",
  },
  {
    id: "redirect",
    name: "redirects to another origin",
    scripts: { "": response("text/plain", "moved", { status: 307, redirect: true }) },
    isRight: ({ error, elsewhere }) => Boolean(error) && elsewhere.requests === 0,
    verdict: ({ elsewhere: { prompt, key } }) => prompt && (key ? "key and prompt re-sent" : "prompt re-sent"),
    note: "May be judged otherwise: `fetch` follows redirects by default.",
  },
];

/** @type {Scenario[]} */
const callers = [
  {
    id: "abort",
    name: "is aborted by the caller",
    scripts: script(HELLO[0], drip),
    caller: "abort",
    isRight: ({ error, server }) => Boolean(error?.reason) && server.closed,
    verdict: ({ error }) => Boolean(error?.reason) && "keeps reading",
    note: "May be judged otherwise: openai and ai end the loop quietly on purpose. Right is what `fetch` does: it throws.",
  },
  {
    id: "break",
    name: "is left with `break`",
    scripts: script(HELLO[0], drip),
    caller: "break",
    isRight: ({ finished, server }) => finished && server.closed,
    verdict: ({ finished }) => finished && "keeps reading",
  },
  {
    id: "slow-reader",
    name: "sends faster than the reader reads",
    scripts: script(contentEvent("Hello ".repeat(160)), flood),
    caller: "slow",
    limit: 30_000,
    isRight: ({ finished, server }) => finished && server.flooded < 32e6,
    verdict: ({ finished, memory }) => finished && `not held back, ${Math.round(memory / 1e7) * 10} MB more memory`,
  },
];

/** @type {Scenario[]} */
const formats = [
  {
    id: "crlf-or-cr",
    name: "uses CRLF, or CR",
    scripts: {
      CRLF: { steps: rewrite(COMPLETE, (text) => text.replaceAll("\n", "\r\n")) },
      CR: { steps: rewrite(COMPLETE, (text) => text.replaceAll("\n", "\r")) },
    },
  },
  { id: "bom", name: "starts with a BOM", scripts: script(`\uFEFF${COMPLETE[0]}`, ...COMPLETE.slice(1)) },
  {
    id: "several-data-lines",
    name: "sends one event as several data lines",
    scripts: script(...rewrite(COMPLETE, (text) => text.replace(',"choices"', ',\ndata: "choices"'))),
  },
  {
    id: "split-character",
    name: "cuts a character",
    scripts: script(emoji.subarray(0, insideEmoji), emoji.subarray(insideEmoji), ...FINISH),
    text: "Hello 😀",
  },
  {
    id: "array-content",
    name: "sends content as an array of parts (Mistral's reasoning models)",
    scripts: script(
      contentEvent([thinkingPart]),
      contentEvent([textPart("Hello")]),
      contentEvent([textPart(", world")]),
      ...FINISH,
    ),
    verdict: ({ texts }) => texts[0]?.includes("[object Object]") && "`[object Object]`",
  },
  {
    id: "duplicate-tool-ids",
    name: "gives two tool calls, under two indices, the same id (Gemini)",
    call: "toolCalls",
    scripts: script(
      toolCallEvent(0, "call_0", ...TOOL_CALLS[0]),
      toolCallEvent(1, "call_0", ...TOOL_CALLS[1]),
      event(chunk({ index: 0, delta: {}, finish_reason: "tool_calls" })),
      DONE,
      end,
    ),
    isRight: ({ toolCalls }) => JSON.stringify(toolCalls) === JSON.stringify(TOOL_CALLS),
    verdict: ({ toolCalls }) => toolCalls && (toolCalls.length < 2 ? "merges them" : "wrong arguments"),
    note: "By each client's own way to add up tool calls; openai-fetch and litellm-js yield chunks and have none.",
  },
  {
    id: "two-choices",
    name: "sends two choices (`n: 2`)",
    scripts: script(
      HELLO[0],
      contentEvent("Bye", null, 1),
      contentEvent(", world", "stop"),
      contentEvent(" now", "stop", 1),
      DONE,
      end,
    ),
    n: 2,
    verdict: ({ texts }) => texts[0]?.includes("Bye") && "mixes them",
    note: "The text streams of xsai and ai are made for one choice; to yield the first alone would be right.",
  },
];

export const scenarios = [...endings, ...errors, ...callers, ...formats];
