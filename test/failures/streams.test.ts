/** What a server can do to a stream, beside the rows of `anchors.ts`. */

import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import type { ChatCompletionChunk } from "../../src/index.js";
import { chunk, counts, DONE, event, FINISH, HELLO, json, KEY, reply, says, stops } from "../helpers/chat.js";
import { drip, end, endless, events, fin, head, raw, reset, stall, until, whole } from "../helpers/server.js";
import { sent } from "./anchors.js";
import { type Failure, type Row, STREAMED, table } from "./run.js";

const truncated: Failure = { name: "StreamTruncatedError" };
const invalid: Failure = { name: "InvalidResponseError" };
const broken: Failure = { name: "APIConnectionError", cause: true };
const finish = event(stops());
const MiB = 1024 * 1024;

const globe = Buffer.from(event(says("🌍")));
const halfCharacter = globe.subarray(0, globe.indexOf(0xf0) + 2);

/** A chunk's `choices`, whatever they are, and what the reader must see of them. */
function shaped(name: string, choices: unknown, seen: object): Row {
  return {
    name,
    answers: [sent(event(chunk(choices)), HELLO, FINISH)],
    gives: "Hello",
    only: ["stream"],
    check: ({ chunks }) => expect(chunks[0]).toMatchObject(seen),
  };
}

function firstDelta(chunks: ChatCompletionChunk[]): unknown {
  return chunks[0]?.choices[0]?.delta;
}

table("what ends a stream well", STREAMED, [
  {
    name: "the finish, then a proper end without [DONE]",
    answers: [sent(HELLO, finish)],
    gives: "Hello",
    connection: "kept",
  },
  { name: "[DONE] without a finish", answers: [sent(HELLO, DONE)], gives: "Hello", connection: "kept" },
  { name: "[DONE] and nothing else", answers: [sent(DONE)], only: ["stream"], connection: "kept" },
  { name: "the finish, then a reset", answers: [[events(), HELLO, finish, until("chunk 3"), reset]], gives: "Hello" },
  {
    name: "the finish, then a FIN inside the body",
    answers: [[events(), HELLO, finish, until("chunk 3"), fin]],
    gives: "Hello",
  },
  {
    name: "[DONE], then a reset",
    answers: [[events(), HELLO, finish + DONE, until("chunk 3"), reset]],
    gives: "Hello",
  },
  {
    name: "the finish, then half an event",
    answers: [sent(HELLO, finish, event(counts()).slice(0, 40))],
    gives: "Hello",
  },
  {
    name: "the finish, then silence",
    answers: [[events(), HELLO, finish, stall]],
    options: { timeout: { idle: 150 } },
    gives: "Hello",
    connection: "closed",
  },
  {
    name: "white space around [DONE]",
    answers: [[events(), HELLO, finish, "data: \t [DONE]  \n\n", stall]],
    gives: "Hello",
    connection: "closed",
  },
  { name: "[DONE] without any line end", answers: [sent(HELLO, "data: [DONE]")], gives: "Hello", connection: "kept" },
  { name: "[DONE] and one line end", answers: [sent(HELLO, "data: [DONE]\n")], gives: "Hello", connection: "kept" },
  {
    name: "a last blank line cut inside its CRLF",
    answers: [sent(HELLO, finish.replaceAll("\n", "\r\n").slice(0, -1))],
    gives: "Hello",
  },
  { name: "a whole last event cut inside its CRLF", answers: [sent(HELLO, `${finish.trimEnd()}\r`)], gives: "Hello" },
  {
    name: "a whole last event of several data lines",
    answers: [sent(HELLO, `data: ${JSON.stringify(stops(), null, 1).replaceAll("\n", "\ndata: ")}`)],
    gives: "Hello",
  },
  {
    name: "a body of no declared length that just closes",
    answers: [[head(200, {}), HELLO, finish, end]],
    gives: "Hello",
  },
  {
    name: "usage after the finish, and [DONE]",
    answers: [sent(HELLO, finish, event(counts(7)), DONE)],
    gives: "Hello",
    connection: "kept",
    check: ({ chunks }) => expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 7 } }),
  },
]);

table("what cuts a stream short", STREAMED, [
  { name: "nothing at all", answers: [sent()], fails: truncated, connection: "kept" },
  { name: "an empty body of length 0", answers: [whole(200, "")], fails: truncated },
  { name: "comments and nothing else", answers: [sent(": ping\n\n".repeat(3))], fails: truncated, connection: "kept" },
  { name: "a usage chunk and nothing else", answers: [sent(event(counts()))], fails: truncated, connection: "kept" },
  {
    name: "one of two choices unfinished",
    answers: [sent(HELLO, event(says("Good", 1)), finish)],
    gives: "Hello",
    fails: truncated,
  },
  {
    name: 'finish_reason "" is no finish',
    answers: [sent(event(chunk([{ index: 0, delta: { content: "Hello" }, finish_reason: "" }])))],
    gives: "Hello",
    fails: truncated,
    check: ({ chunks }) => expect(chunks[0]?.choices[0]?.finish_reason).toBeNull(),
  },
  { name: "a cut inside a character", answers: [sent(HELLO, halfCharacter)], gives: "Hello", fails: truncated },
  { name: "a cut inside [DONE]", answers: [sent(HELLO, "data: [DON")], gives: "Hello", fails: truncated },
  { name: "a cut inside a field's name", answers: [sent(HELLO, "dat")], gives: "Hello", fails: truncated },
  {
    name: "a cut inside a CRLF",
    answers: [sent(HELLO.replaceAll("\n", "\r\n").slice(0, -1))],
    gives: "Hello",
    fails: truncated,
  },
  {
    name: "a cut behind a whole chunk that lacks its blank line",
    answers: [sent(HELLO.trimEnd())],
    gives: "Hello",
    fails: truncated,
  },
  {
    name: "a last event that is JSON but no object",
    answers: [sent(HELLO, "data: 1")],
    gives: "Hello",
    fails: truncated,
  },
  { name: "a last event that is a comment", answers: [sent(HELLO, ": bye")], gives: "Hello", fails: truncated },
  {
    name: "HTML midway",
    answers: [sent(HELLO, "<html>\n<p>Bad gateway: try later\n\n</html>\n\n")],
    gives: "Hello",
    fails: truncated,
  },
  {
    name: "a body of no declared length that just closes",
    answers: [[head(200, {}), HELLO, end]],
    gives: "Hello",
    fails: truncated,
  },
  {
    name: "a Content-Length that is too small",
    answers: [[head(200, { "content-length": String(HELLO.length) }), raw(HELLO + FINISH), stall]],
    gives: "Hello",
    fails: truncated,
  },
  {
    name: "a cut inside the arguments of a tool call",
    answers: [
      sent(
        event(
          chunk([
            {
              index: 0,
              delta: {
                tool_calls: [
                  { index: 0, id: "c1", type: "function", function: { name: "pay", arguments: '{"eur":1' } },
                ],
              },
              finish_reason: null,
            },
          ]),
        ),
      ),
    ],
    fails: truncated,
    check: ({ error, chunks }) => {
      const call = (error as { partial?: { choices: { message: unknown }[] } }).partial?.choices[0]?.message;
      if (call) expect(call).toMatchObject({ tool_calls: [{ function: { name: "pay", arguments: '{"eur":1' } }] });
      expect(chunks.length).toBe(1);
    },
  },
]);

table("what breaks a stream", STREAMED, [
  {
    name: "a FIN without the last HTTP chunk",
    answers: [[events(), HELLO, until("chunk 2"), fin]],
    gives: "Hello",
    fails: broken,
  },
  { name: "a FIN before any event", answers: [[events(), until("headers"), fin]], fails: broken },
  { name: "a reset before any event", answers: [[events(), until("headers"), reset]], fails: broken },
  {
    name: "a reset inside a character",
    answers: [[events(), `${HELLO}data: `, Uint8Array.of(0xf0, 0x9f), until("chunk 2"), reset]],
    gives: "Hello",
    fails: broken,
  },
  {
    name: "a reset inside a CRLF",
    answers: [[events(), HELLO.replaceAll("\n", "\r\n").slice(0, -1), until("chunk 2"), reset]],
    gives: "Hello",
    fails: broken,
  },
  {
    name: "a Content-Length that is too large",
    answers: [[head(200, { "content-length": "9999" }), HELLO, until("chunk 2"), fin]],
    gives: "Hello",
    fails: broken,
  },
  {
    name: "an HTTP chunk that is shorter than it says",
    answers: [[events(), HELLO, until("chunk 2"), raw("ff\r\ndata: x"), fin]],
    gives: "Hello",
    fails: broken,
  },
  {
    name: "an HTTP chunk that is longer than it says",
    answers: [[events(), HELLO, until("chunk 2"), raw("2\r\ndata: x\r\n"), stall]],
    gives: "Hello",
    fails: broken,
    connection: "closed",
  },
  {
    name: "an HTTP chunk whose length is no number",
    answers: [[events(), HELLO, until("chunk 2"), raw("many\r\ndata: x\r\n"), stall]],
    gives: "Hello",
    fails: broken,
    connection: "closed",
  },
  {
    name: "gzip that is no gzip",
    answers: [[events({ "content-encoding": "gzip" }), HELLO + FINISH, end]],
    fails: broken,
  },
]);

table("what a stream reports", STREAMED, [
  {
    name: "an error before anything",
    answers: [sent(event({ error: "no GPU left" }))],
    fails: { name: "APIError", says: ["no GPU left"] },
  },
  {
    name: "an error in the flat shape",
    answers: [sent(HELLO, event({ message: "GPU on fire", type: "Server Error", code: 500, request_id: "r1" }))],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"], fields: { code: 500, type: "Server Error" } },
  },
  {
    name: "an error in the shape of /messages",
    answers: [
      sent(
        HELLO,
        `event: error\n${event({ type: "error", request_id: "r1", error: { type: "overloaded_error", message: "GPU on fire" } })}`,
      ),
    ],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"], fields: { type: "overloaded_error" } },
  },
  {
    name: "an error that says nothing",
    answers: [sent(HELLO, event({ error: {} }))],
    gives: "Hello",
    fails: { name: "APIError" },
  },
  {
    name: "an error beside choices",
    answers: [sent(HELLO, event({ ...stops(), error: { message: "GPU on fire" } }))],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"] },
  },
  {
    name: "an error after the finish",
    answers: [[events(), HELLO, finish, event({ error: "GPU on fire" }), stall]],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"] },
    connection: "closed",
  },
  {
    name: "an error without its blank line",
    answers: [sent(HELLO, event({ error: "GPU on fire" }).trimEnd())],
    gives: "Hello",
    fails: { name: "APIError", says: ["GPU on fire"] },
  },
  {
    name: "an error that repeats the key",
    answers: [sent(HELLO, event({ error: { message: `bad ${KEY}`, type: KEY, code: KEY, param: `x${KEY}` } }))],
    gives: "Hello",
    fails: { name: "APIError", says: ["bad ***"], fields: { type: "***", code: "***", param: "x***" } },
  },
  {
    name: "an error of 10,000 characters",
    answers: [sent(event({ error: "x".repeat(10_000) }))],
    fails: { name: "APIError", says: ["x".repeat(500)], hides: ["x".repeat(501)] },
  },
  {
    name: 'an error that is "", false or 0: nothing',
    answers: [sent(...["", false, 0].map((error) => event({ ...says("o"), error })), FINISH)],
    gives: "ooo",
    connection: "kept",
  },
  {
    name: "a message beside choices: nothing",
    answers: [sent(event({ ...says("Hello"), message: "hi" }), FINISH)],
    gives: "Hello",
    connection: "kept",
  },
]);

table("what is passed over", STREAMED, [
  {
    name: "empty data",
    answers: [sent("data:\n\ndata: \n\ndata\n\n", HELLO, "data:\n\n", FINISH)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "JSON that is no object",
    answers: [sent('data: 42\n\ndata: null\n\ndata: "hi"\n\ndata: true\n\ndata: [1]\n\n', HELLO, FINISH)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "fields that nobody knows",
    answers: [sent("event: chunk\nid: 7\nretry: 10\nDATA: x\ndatax: y\n", HELLO, "foo\n\n", FINISH)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "blank lines before all else",
    answers: [sent("\r\n\n\r  \n", HELLO, FINISH)],
    gives: "Hello",
    connection: "kept",
  },
  { name: "a comment before all else", answers: [sent(": {\n", HELLO, FINISH)], gives: "Hello", connection: "kept" },
  {
    name: "bytes that are no UTF-8",
    answers: [sent('data: {"choices":[{"index":0,"delta":{"content":"', Uint8Array.of(0xff), '"}}]}\n\n', FINISH)],
    gives: "\uFFFD",
    connection: "kept",
  },
  {
    name: "a million comments",
    answers: [sent(...Array<string>(100).fill(": ping\n\n".repeat(10_000)), HELLO, ": ping\n\n".repeat(1_000), FINISH)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "what is no JSON, after the finish",
    answers: [[events(), HELLO, finish, "data: {oops\n\n", end]],
    gives: "Hello",
  },
  {
    name: "a content type that lies",
    answers: [[events({ "content-type": "text/html" }), HELLO + FINISH, end]],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "no content type",
    answers: [[head(200, { "transfer-encoding": "chunked" }), HELLO + FINISH, end]],
    gives: "Hello",
    connection: "kept",
  },
  { name: "one byte at a time", answers: [sent(drip(HELLO + FINISH))], gives: "Hello", connection: "kept" },
  {
    name: "gzip",
    answers: [[events({ "content-encoding": "gzip" }), gzipSync(HELLO + FINISH), end]],
    gives: "Hello",
    connection: "kept",
  },
  shaped("choices that are null", null, { choices: [] }),
  shaped("choices that are missing", undefined, { choices: [] }),
  shaped("a choice without a delta", [{ index: 0, finish_reason: null }], { choices: [{ delta: {} }] }),
  shaped("a delta that is null", [{ index: 0, delta: null }], { choices: [{ delta: {} }] }),
]);

table("what a stream calls otherwise", STREAMED, [
  {
    name: "reasoning",
    answers: [sent(event(chunk([{ index: 0, delta: { reasoning: "Hm." }, finish_reason: null }])), HELLO, FINISH)],
    gives: "Hello",
    check: ({ chunks }) => expect(firstDelta(chunks)).toMatchObject({ reasoning: "Hm.", reasoning_content: "Hm." }),
  },
  {
    name: "arguments of a tool call that are an object",
    answers: [
      sent(
        event(
          chunk([
            {
              index: 0,
              delta: { tool_calls: [{ index: 0, id: "c1", function: { name: "pay", arguments: { eur: 1 } } }] },
              finish_reason: "tool_calls",
            },
          ]),
        ),
        DONE,
      ),
    ],
    check: ({ chunks }) =>
      expect(firstDelta(chunks)).toMatchObject({ tool_calls: [{ function: { arguments: '{"eur":1}' } }] }),
  },
]);

table("a 200 that is no stream", STREAMED, [
  {
    name: "JSON with white space before it",
    answers: [whole(200, `\n  ${JSON.stringify(reply("Hello"), null, 2)}\n`)],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "JSON that claims to be an event stream",
    answers: [[events(), drip(JSON.stringify(reply("Hello"))), end]],
    gives: "Hello",
    connection: "kept",
  },
  {
    name: "JSON, an array",
    answers: [json(200, [reply("Hello")])],
    fails: { ...invalid, says: ["200", "application/json"] },
  },
  {
    name: "JSON, cut off",
    answers: [whole(200, JSON.stringify(reply("Hello")).slice(0, -20))],
    fails: { ...invalid, says: ["200"] },
  },
  {
    name: "JSON, broken off",
    answers: [
      [head(200, { "content-length": "9999" }), JSON.stringify(reply("Hello")).slice(0, -20), until("headers"), fin],
    ],
    fails: broken,
  },
  {
    name: "JSON, an error as a string",
    answers: [json(200, { error: "no GPU left" })],
    fails: { name: "APIError", says: ["no GPU left"] },
  },
  {
    name: "JSON, an error in the flat shape",
    answers: [json(200, { message: "no GPU left", code: 500 })],
    fails: { name: "APIError", says: ["no GPU left"], fields: { code: 500 } },
  },
  {
    name: "HTML of 10,000 characters",
    answers: [whole(200, `<p>${"x".repeat(10_000)}`)],
    fails: { ...invalid, says: ["x".repeat(497)], hides: ["x".repeat(501)] },
  },
  {
    name: "HTML without an end",
    answers: [[head(200, { "content-type": "text/html" }), endless(`<p>${"x".repeat(10_000)}`)]],
    fails: invalid,
    connection: "closed",
  },
  {
    name: "HTML after white space",
    answers: [whole(200, "\n \t<html>", { "content-type": "text/html" })],
    fails: { ...invalid, says: ["<html>"] },
  },
  { name: "plain text", answers: [whole(200, "service is starting")], fails: truncated },
  { name: "204", answers: [[head(204)]], fails: { name: ["InvalidResponseError", "StreamTruncatedError"] } },
]);

table("an event that is too large", STREAMED, [
  {
    name: "15 MiB are delivered",
    answers: [sent(event(says("x".repeat(15 * MiB))), FINISH)],
    gives: "x".repeat(15 * MiB),
    connection: "kept",
  },
  {
    name: "one line without an end",
    answers: [[events(), HELLO, "data: ", endless("x".repeat(64 * 1024))]],
    gives: "Hello",
    fails: invalid,
    connection: "closed",
  },
  {
    name: "data lines without an end",
    answers: [[events(), HELLO, endless(`data: ${"x".repeat(64 * 1024)}\n`)]],
    gives: "Hello",
    fails: invalid,
    connection: "closed",
  },
  {
    name: "one event of 17 MiB",
    answers: [[events(), HELLO, event(says("x".repeat(17 * MiB))), FINISH, stall]],
    gives: "Hello",
    fails: invalid,
    connection: "closed",
  },
]);
