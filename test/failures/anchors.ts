/**
 * The rows by which clients are told apart: what a stream of chat chunks can meet on a bad day, and what an honest client
 * makes of it. They are kept apart from their test so that other clients can be measured against the same servers.
 */

import { counts, DONE, event, FINISH, HELLO, json, reply, says, stops } from "../helpers/chat.js";
import { drip, end, events, head, reset, type Script, SHORT, stall, until, whole } from "../helpers/server.js";
import type { Row } from "./run.js";

const truncated = { name: "StreamTruncatedError" };
const page = "<!doctype html><title>Sign in</title><p>The proxy wants your password.</p>";

/** A stream of these bytes that ends properly. */
export function sent(...body: Script): Script {
  return [events(), ...body, end];
}

export const anchors: readonly Row[] = [
  {
    name: "closes with neither finish nor [DONE]",
    answers: [sent(HELLO)],
    gives: "Hello",
    fails: truncated,
    connection: "kept",
  },
  {
    name: "ends inside an event",
    answers: [sent(HELLO, 'data: {"id":"chat-1","choi')],
    gives: "Hello",
    fails: truncated,
    connection: "kept",
  },
  {
    name: "leaves out the last blank line, after [DONE]",
    answers: [sent(HELLO, event(stops()), DONE.trimEnd())],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "leaves out the last blank line, after the finish",
    answers: [
      sent(
        event(says("Hel")),
        event({ ...stops(), choices: [{ index: 0, delta: { content: "lo" }, finish_reason: "stop" }] }).trimEnd(),
      ),
    ],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "breaks the socket mid-stream",
    answers: [[events(), HELLO, until("chunk 2"), reset]],
    gives: "Hello",
    fails: { name: "APIConnectionError", cause: true },
  },
  {
    name: "sends an error event, an object",
    answers: [
      [
        events(),
        HELLO,
        event({ error: { message: "GPU on fire", type: "server_error", code: 507, param: "n" } }),
        stall,
      ],
    ],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"], fields: { code: 507, type: "server_error", param: "n" } },
    connection: "closed",
  },
  {
    name: "sends an error event, a string",
    answers: [[events(), HELLO, event({ error: "GPU on fire" }), stall]],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"] },
    connection: "closed",
  },
  {
    name: 'sends "error": null in good chunks',
    answers: [sent(...[says("Hel"), says("lo"), stops()].map((chunk) => event({ ...chunk, error: null })), DONE)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "sends one event that is no JSON",
    answers: [[events(), HELLO, "data: {oops\n\n", stall]],
    gives: "Hello",
    fails: { name: "InvalidResponseError" },
    connection: "closed",
  },
  {
    name: "answers 200 with HTML",
    answers: [whole(200, page, { "content-type": "text/html; charset=utf-8" })],
    fails: { name: "InvalidResponseError", says: ["200", "text/html", "The proxy wants your password."] },
  },
  {
    name: "answers 200 with HTML that claims to be an event stream",
    answers: [whole(200, page, { "content-type": "text/event-stream" })],
    fails: { name: "InvalidResponseError", says: ["200", "text/event-stream", "The proxy wants your password."] },
  },
  {
    name: "answers 200 with JSON: a completion",
    answers: [json(200, reply("Hello"))],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "answers 200 with JSON: no completion",
    answers: [json(200, { status: "ok" })],
    fails: { name: "InvalidResponseError", says: ["200", "application/json", '{"status":"ok"}'] },
  },
  {
    name: "answers 200 with JSON: an error",
    answers: [json(200, { error: { message: "no GPU left", code: "no_gpu" } })],
    fails: { name: "APIError", says: ["no GPU left"], fields: { code: "no_gpu" } },
  },
  {
    name: "keeps the socket open after [DONE]",
    answers: [[events(), HELLO, FINISH, stall]],
    gives: "Hello",
    connection: "closed",
  },
  {
    name: "falls silent mid-stream",
    answers: [[events(), HELLO, stall]],
    options: { timeout: { idle: SHORT } },
    gives: "Hello",
    fails: { name: "TimeoutError", says: [/idle/i] },
    connection: "closed",
  },
  {
    name: "is aborted by the caller",
    answers: [[events(), HELLO, stall]],
    abort: "chunk 2",
    gives: "Hello",
    fails: "reason",
    connection: "closed",
  },
  {
    name: "is left with break",
    answers: [[events(), HELLO, stall]],
    leaves: 2,
    gives: "Hello",
    connection: "closed",
    only: ["stream"],
  },
  { name: "uses CRLF", answers: [sent((HELLO + FINISH).replaceAll("\n", "\r\n"))], gives: "Hello", connection: "kept" },
  { name: "uses CR", answers: [sent((HELLO + FINISH).replaceAll("\n", "\r"))], gives: "Hello", connection: "kept" },
  { name: "starts with a BOM", answers: [sent(`\uFEFF${HELLO}${FINISH}`)], gives: "Hello", connection: "kept" },
  {
    name: "sends one event as several data lines",
    answers: [sent(`data: ${JSON.stringify(says("Hello"), null, 1).replaceAll("\n", "\ndata: ")}\n\n`, FINISH)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "cuts a character",
    answers: [sent(drip(event(says("Grüße, 世界 🌍"))), FINISH)],
    gives: "Grüße, 世界 🌍",
    connection: "kept",
  },
  {
    name: "asks for Retry-After: 120",
    answers: [json(429, { error: "slow down" }, { "retry-after": "120" })],
    fails: { name: "RateLimitError", says: ["429", "slow down"], fields: { status: 429, retryAfter: 120_000 } },
    connection: "kept",
  },
  {
    name: "redirects",
    answers: [[head(307, { location: "/elsewhere", "content-length": "0" })], json(200, reply("stolen"))],
    fails: { name: "InvalidResponseError", fields: { status: 307 } },
  },
  {
    name: "sends two choices",
    request: { n: 2 },
    answers: [
      sent(
        event(says("Hel")),
        event(says("Good", 1)),
        event(says("lo")),
        event(says("bye", 1)),
        event(stops()),
        event(stops("length", 1)),
        event(counts()),
        DONE,
      ),
    ],
    gives: "Hello",
    connection: "kept",
    check: ({ value, chunks }) => {
      const texts = (value as { choices: { message: { content: string } }[] } | undefined)?.choices;
      if (texts && texts[1]?.message.content !== "Goodbye") throw new Error(`mixed up: ${JSON.stringify(texts)}`);
      if (chunks.length !== 7) throw new Error(`${chunks.length} chunks`);
    },
  },
];
