/** How a stream can end: well, cut short, or broken. */

import { expect } from "vitest";
import { chunk, counts, DONE, event, FINISH, HELLO, says, stops } from "../helpers/chat.js";
import { end, events, fin, head, raw, reset, SHORT, stall, until, whole } from "../helpers/server.js";
import { sent } from "./anchors.js";
import { type Failure, STREAMED, table } from "./run.js";

const truncated: Failure = { name: "StreamTruncatedError" };
const broken: Failure = { name: "APIConnectionError", cause: true };
const finish = event(stops());

const globe = Buffer.from(event(says("🌍")));
const halfCharacter = globe.subarray(0, globe.indexOf(0xf0) + 2);

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
    options: { timeout: { idle: SHORT } },
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
