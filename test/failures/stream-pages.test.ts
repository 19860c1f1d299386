import { event, FINISH, HELLO, json, reply, says } from "../helpers/chat.js";
import { drip, end, endless, events, fin, head, stall, until, whole } from "../helpers/server.js";
import { sent } from "./anchors.js";
import { type Failure, STREAMED, table } from "./run.js";

const truncated: Failure = { name: "StreamTruncatedError" };
const invalid: Failure = { name: "InvalidResponseError" };
const broken: Failure = { name: "APIConnectionError", cause: true };
const MiB = 1024 * 1024;

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
    name: "a comment without an end",
    answers: [[events(), HELLO, ": ", endless("x".repeat(64 * 1024))]],
    gives: "Hello",
    fails: invalid,
    connection: "closed",
  },
  {
    name: "JSON without an end",
    answers: [[head(200), '{"choices":"', endless("x".repeat(64 * 1024))]],
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
