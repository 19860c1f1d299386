import { describe, expect, it } from "vitest";
import { resetSocket, responseHead } from "../helpers/http-response.js";
import { scriptedBody } from "../helpers/recorded-fetch.js";
import {
  CALLER_KEY,
  createRequest,
  expectError,
  OWN_KEY,
  relayResponse,
  relayTo,
  UPSTREAM_URL,
  WITH_OWN_KEY,
} from "./relay-setup.js";

describe("an upstream's error", () => {
  it.each<[name: string, body: string, error: object]>([
    ["a text", '{"error":"slow down","error_code":"rate_limited"}', { message: "slow down", code: "rate_limited" }],
    [
      "an object",
      '{"error":{"message":"no such field","type":"invalid_request_error","param":"x","code":400}}',
      { message: "no such field", type: "invalid_request_error", code: 400 },
    ],
    ["flat", '{"message":"bad","type":"Bad Request","code":400}', { message: "bad", type: "Bad Request", code: 400 }],
    [
      "wrapped",
      '{"type":"error","request_id":"r","error":{"type":"not_found","message":"gone"}}',
      { message: "gone", type: "not_found", code: null },
    ],
    ["plain text", "upstream connect error", { message: "upstream connect error", code: null }],
    ["half of JSON", '{"error":{"mess', { message: '{"error":{"mess', code: null }],
    ["nothing", "", { message: expect.stringContaining("429"), code: null }],
  ])("has its message, code and type read from the shape: %s", async (_, text, error) => {
    const answer = await relayResponse(new Response(text, { status: 429, headers: { "retry-after": "7" } }));
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(await expectError(answer, 429)).toMatchObject(error);
  });

  it.each([400, 401, 402, 403, 404, 408, 409, 413, 418, 422, 429, 451, 500, 501, 502, 503, 504, 529, 599])(
    "%d keeps its status, with the caller's own key",
    async (status) => {
      await expectError(await relayResponse(new Response("no", { status })), status);
    },
  );

  it.each([
    [401, 502],
    [403, 403],
    [400, 400],
    [500, 500],
  ])("%d with the relay's key is a %d", async (status, expected) => {
    await expectError(await relayResponse(new Response("check the api-key", { status }), WITH_OWN_KEY), expected);
  });

  it("about the context window has the type that the client in front knows", async () => {
    const answer = await relayResponse(new Response('{"error":"exceed context limit"}', { status: 400 }));
    expect(await expectError(answer, 400)).toMatchObject({ type: "ContextWindowExceededError" });
  });

  const secret = (text: string) => JSON.stringify({ error: { message: text, code: text, type: text } });
  it.each<[name: string, received: string, expected: string]>([
    ["the key", `no ${OWN_KEY}!`, "no ***!"],
    ["the key twice", `${OWN_KEY}${OWN_KEY}`, "******"],
    ["the address", `POST ${UPSTREAM_URL}/chat/completions failed`, "POST *** failed"],
    ["the host", "no route to up.example", "no route to ***"],
    ["the host and port", "no route to up.example:8443.", "no route to ***."],
    ["the host in capitals", "UP.EXAMPLE is down", "*** is down"],
    ["the host in quotes", '{"host":"up.example"}', '{"host":"***"}'],
    ["the path", "Cannot POST /base/v1/chat/completions", "Cannot POST ***"],
    ["the path and its query", 'no "/base/v1/chat/completions?code=1"', 'no "***"'],
    ["the host with a query", "up.example?code=1 is down", "*** is down"],
    ["the host in other hosts", "see up.example.org, or an.up.example", "see ***.org, or an.***"],
    ["the host in a name", "upstream_up.example", "upstream_***"],
    ["no word that only begins alike", "up.examples, backup.example", "up.examples, backup.example"],
    ["an address by another scheme", "wss://up.example/x y", "wss://*** y"],
  ])("is redacted: %s", async (_, received, expected) => {
    const json = await relayResponse(new Response(secret(received), { status: 500 }), WITH_OWN_KEY);
    expect(await expectError(json, 500)).toEqual({ message: expected, code: expected, type: expected });
    const plain = await relayResponse(new Response(received, { status: 500 }), WITH_OWN_KEY);
    expect(await expectError(plain, 500)).toMatchObject({ message: expected });
  });

  it("has the caller's key redacted as well", async () => {
    const answer = await relayResponse(new Response(`no ${CALLER_KEY}`, { status: 401 }));
    expect(await expectError(answer, 401)).toMatchObject({ message: "no ***" });
  });

  it("has a key redacted that JSON had to escape", async () => {
    const apiKey = 'a"key\\with/marks';
    const escaped = JSON.stringify({ error: `no ${apiKey}` }).replaceAll("/", "\\/");
    const answer = await relayResponse(new Response(escaped, { status: 500 }), { apiKey, authorize: () => true });
    expect(await expectError(answer, 500)).toMatchObject({ message: "no ***" });
  });

  it("is read up to 64 Ki characters, and the rest is cancelled", async () => {
    const piece = new Uint8Array(1_024).fill(120);
    const upstream = scriptedBody(
      (function* () {
        for (;;) yield piece;
      })(),
    );
    const { message } = await expectError(await relayResponse(new Response(upstream.stream, { status: 500 })), 500);
    expect(String(message).length).toBe(65_536);
    expect([upstream.reads, upstream.state]).toEqual([64, "cancelled"]);
  });

  it("keeps its status although its body breaks off", async () => {
    const { handle } = await relayTo([[responseHead(503, { "content-length": "1000" }), "half", resetSocket]]);
    await expectError(await handle(createRequest()), 503);
  });

  it("keeps its status although its body does not end within timeout", async () => {
    const body = scriptedBody(["half", new Promise(() => {})]);
    const answer = await relayResponse(new Response(body.stream, { status: 503 }), { timeout: 5 });
    expect(await expectError(answer, 503)).toMatchObject({ message: "half" });
    expect(body.state).toBe("cancelled");
  });
});
