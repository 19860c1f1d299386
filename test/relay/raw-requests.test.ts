import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { httpResponse } from "../helpers/http-response.js";
import { withTimeout } from "../helpers/leak-check.js";
import { RAW_REQUEST, serveRelay } from "./relay-setup.js";

describe("a raw HTTP request to a relay on a socket:", () => {
  it.each<[name: string, bytes: string, status: number]>([
    ["a good request", RAW_REQUEST, 200],
    ["a path that climbs", RAW_REQUEST.replace("/v1/", "/../../v1/"), 200],
    ["an absolute address", RAW_REQUEST.replace("/v1/", "http://evil.example/v1/"), 200],
    ["an encoded slash", RAW_REQUEST.replace("chat/", "chat%2f"), 404],
    ["a null byte", RAW_REQUEST.replace("completions", "completions%00"), 404],
    ["a second type", RAW_REQUEST.replace("content-type", "content-type: text/plain\r\ncontent-type"), 415],
    ["a second length", RAW_REQUEST.replace("content-length", "content-length: 3\r\ncontent-length"), 400],
    ["a length and chunks", RAW_REQUEST.replace("content-length", "transfer-encoding: chunked\r\ncontent-length"), 400],
    ["a folded header", RAW_REQUEST.replace("content-length", "x-a: b\r\n c: d\r\ncontent-length"), 400],
    ["a header with a null byte", RAW_REQUEST.replace("content-length", "x-a: \0\r\ncontent-length"), 400],
  ])("%s", async (_, bytes, status) => {
    const { origin, upstream } = await serveRelay([httpResponse(200, "{}")]);
    const caller = connect(Number(new URL(origin).port), "127.0.0.1");
    caller.write(bytes);
    expect(await withTimeout(textOf(caller), "a close")).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(upstream.requests.map(({ url }) => url)).toEqual(status === 200 ? ["/v1/chat/completions"] : []);
  });
});
