/**
 * The failure table as data: what the server does, what the caller does, and what counts as right.
 *
 * @typedef {object} Row
 * @property {string} name Read after "the server", or "the client's stream".
 * @property {Record<string, import("./server.mjs").Answer>} cases By label; "" where there is one.
 * @property {string} [text] What must be delivered of choice 0; default "Hello, world".
 * @property {boolean} [fails] Whether, after that text, an error of the client's own must be thrown; else the loop must end.
 * @property {(seen: import("./words.mjs").Seen) => boolean} [right] In place of what `text` and `fails` say.
 * @property {(seen: import("./words.mjs").Seen) => string | false} [word] A word of the row's own for what is not right.
 * @property {"abort" | "break" | "slow"} [caller] What the caller does after the first text; else it reads to the end.
 * @property {number} [limit] ms after which the case hangs; default 4,000.
 * @property {number} [timeout] ms, given to the client's own option.
 * @property {number} [n] Choices to ask for.
 * @property {string} [note] What is a matter of taste in it.
 */
import { drip, end, flood, reset, stall } from "./server.mjs";

const event = (value) => `data: ${JSON.stringify(value)}\n\n`;
const choice = (content, finish_reason = null, index = 0) => ({ index, delta: { content }, finish_reason });
const chunk = (one, more = {}) => ({ id: "1", object: "chat.completion.chunk", model: "m", choices: [one], ...more });
const say = (...words) => event(chunk(choice(...words)));

const done = "data: [DONE]\n\n";
const hello = [say("Hello"), say(", world")];
const good = [...hello, say("", "stop"), done, end];
const stream = (...steps) => ({ "": { steps } });
const rewrite = (steps, how) => steps.map((step) => (typeof step === "string" ? how(step) : step));
const answer = (type, body, more) => ({ headers: { "content-type": type }, steps: [body, end], ...more });

const message = { role: "assistant", content: "Hello, world" };
const completion = { ...chunk({ index: 0, message, finish_reason: "stop" }), object: "chat.completion" };
const failure = { error: { message: "overloaded", type: "server_error", code: 503 } };
const smile = Buffer.from(say("Hello 😀"));
const half = smile.indexOf(0xf0) + 2;

/** @type {Row[]} */
export const rows = [
  { name: "closes with neither finish nor `[DONE]`", cases: stream(...hello, end), fails: true },
  { name: "ends inside an event", cases: stream(...hello, say("!").slice(0, 60), end), fails: true },
  {
    name: "leaves out the last blank line",
    cases: {
      "no blank line": { steps: [hello[0], say(", world", "stop").slice(0, -1), end] },
      "no line end": { steps: [hello[0], say(", world", "stop").slice(0, -2), end] },
    },
    note: "The standard drops such an event; what is asked for here is that no text is lost without a word.",
  },
  { name: "breaks the socket mid-stream", cases: stream(...hello, reset), fails: true },
  {
    name: "sends an error event, object or string",
    cases: {
      object: { steps: [...hello, event(failure), done, end] },
      string: { steps: [...hello, event({ error: "overloaded" }), done, end] },
    },
    fails: true,
  },
  {
    name: 'sends `"error": null` in good chunks',
    cases: stream(...rewrite(good, (text) => text.replace('{"id"', '{"error":null,"id"'))),
  },
  { name: "sends one event that is no JSON", cases: stream(...hello, "data: {oops\n\n", ...good), fails: true },
  {
    name: "answers 200 with HTML, or with JSON",
    cases: {
      HTML: answer("text/html", "<!doctype html><title>Sign in</title>"),
      JSON: answer("application/json", JSON.stringify(completion)),
      "JSON error": answer("application/json", JSON.stringify(failure)),
    },
    right: ({ error, texts }) => Boolean(error?.own) || (!error && texts[0] === message.content),
    note: "A whole completion as JSON may be delivered or refused; an empty stream that ends well is neither.",
  },
  { name: "keeps the socket open after `[DONE]`", cases: stream(...good.slice(0, -1), stall) },
  {
    name: "falls silent mid-stream (timeout of 1 s set where there is one)",
    cases: stream(...hello, stall),
    timeout: 1000,
    fails: true,
    note:
      "The timeouts of openai and openai-fetch end at the headers, xsai and litellm-js have none; " +
      "what hangs can be bounded by a signal of the caller's own, save in litellm-js.",
  },
  {
    name: "is aborted by the caller",
    cases: stream(hello[0], drip),
    caller: "abort",
    right: ({ error, server }) => Boolean(error?.reason) && server.closed,
    word: ({ error }) => Boolean(error?.reason) && "keeps reading",
    note: "A matter of taste: openai and ai end the loop quietly on purpose. Right is what `fetch` does: it throws the abort.",
  },
  {
    name: "is left with `break`",
    cases: stream(hello[0], drip),
    caller: "break",
    right: ({ finished, server }) => finished && server.closed,
    word: ({ finished }) => finished && "keeps reading",
  },
  {
    name: "uses CRLF, or CR",
    cases: {
      CRLF: { steps: rewrite(good, (text) => text.replaceAll("\n", "\r\n")) },
      CR: { steps: rewrite(good, (text) => text.replaceAll("\n", "\r")) },
    },
  },
  { name: "starts with a BOM", cases: stream(`\uFEFF${good[0]}`, ...good.slice(1)) },
  {
    name: "sends one event as several data lines",
    cases: stream(...rewrite(good, (text) => text.replace(',"choices"', ',\ndata: "choices"'))),
  },
  {
    name: "cuts a character",
    cases: stream(smile.subarray(0, half), smile.subarray(half), ...good.slice(2)),
    text: "Hello 😀",
  },
  {
    name: "asks for Retry-After: 120",
    cases: { "": answer("application/json", JSON.stringify(failure), { status: 429, retryAfter: 120 }) },
    limit: 20_000,
    right: ({ error, server }) => Boolean(error?.own) && server.requests === 1,
    word: ({ finished, ms, server }) =>
      finished ? `${server.requests} requests in ${(ms / 1000).toFixed(1)} s` : "waits",
    note: "With each client's default retries. Waiting would be right too; asking again before the 120 s are over is not.",
  },
  {
    name: "redirects to another origin",
    cases: { "": answer("text/plain", "moved", { status: 307, redirect: true }) },
    right: ({ error, elsewhere }) => Boolean(error) && elsewhere.requests === 0,
    word: ({ elsewhere: { prompt, key } }) => prompt && (key ? "key and prompt re-sent" : "prompt re-sent"),
    note: "A matter of taste: to follow is what `fetch` does by default.",
  },
  {
    name: "sends faster than the reader reads",
    cases: stream(say("Hello ".repeat(160)), flood),
    caller: "slow",
    limit: 30_000,
    right: ({ finished, server }) => finished && server.flooded < 32e6,
    word: ({ finished, memory }) => finished && `not held back, ${Math.round(memory / 1e7) * 10} MB more memory`,
  },
  {
    name: "sends two choices (`n: 2`)",
    cases: stream(hello[0], say("Bye", null, 1), say(", world", "stop"), say(" now", "stop", 1), done, end),
    n: 2,
    word: ({ texts }) => texts[0]?.includes("Bye") && "mixes them",
    note: "The text streams of xsai and ai are made for one choice; to hand out the first alone would be right.",
  },
];
