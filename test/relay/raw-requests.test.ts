import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { httpResponse } from "../helpers/http-response.js";
import { withTimeout } from "../helpers/leak-check.js";
import { CALLER_KEY, serveRelay } from "./relay-setup.js";

/** A request as it is on the wire. */
const CALL = [
  "POST /v1/chat/completions HTTP/1.1",
  "host: relay.test",
  "connection: close",
  `authorization: Bearer ${CALLER_KEY}`,
  "content-type: application/json",
  "content-length: 15",
  "",
  '{"model":"a/b"}',
].join("\r\n");

describe("a request's bytes on a socket:", () => {
  it.each<[name: string, bytes: string, status: number]>([
    ["a good request", CALL, 200],
    ["a path that climbs", CALL.replace("/v1/", "/../../v1/"), 200],
    ["an absolute address", CALL.replace("/v1/", "http://evil.example/v1/"), 200],
    ["an encoded slash", CALL.replace("chat/", "chat%2f"), 404],
    ["a null byte", CALL.replace("completions", "completions%00"), 404],
    ["a second type", CALL.replace("content-type", "content-type: text/plain\r\ncontent-type"), 415],
    ["a second length", CALL.replace("content-length", "content-length: 3\r\ncontent-length"), 400],
    ["a length and chunks", CALL.replace("content-length", "transfer-encoding: chunked\r\ncontent-length"), 400],
    ["a folded header", CALL.replace("content-length", "x-a: b\r\n c: d\r\ncontent-length"), 400],
    ["a header with a null byte", CALL.replace("content-length", "x-a: \0\r\ncontent-length"), 400],
  ])("%s", async (_, bytes, status) => {
    const { origin, upstream } = await serveRelay([httpResponse(200, "{}")]);
    const caller = connect(Number(new URL(origin).port), "127.0.0.1");
    caller.write(bytes);
    expect(await withTimeout(textOf(caller), "a close")).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(upstream.requests.map(({ url }) => url)).toEqual(status === 200 ? ["/v1/chat/completions"] : []);
  });
});
