import { describe, expect, it } from "vitest";
import { httpResponse } from "../helpers/http-response.js";
import { HELLO_EVENTS } from "../helpers/wire-chunks.js";
import { OWN_KEY, postTo, relayResponse, serveRelay, WITH_OWN_KEY } from "./relay-setup.js";

describe("the response's headers", () => {
  const passed = { "content-type": "text/event-stream", "retry-after": "1", "x-request-id": "r-1", "x-other": "kept" };
  const kept = {
    connection: "keep-alive, x-hop",
    "x-hop": "1",
    "keep-alive": "timeout=5",
    "proxy-authenticate": "Basic",
    "proxy-connection": "keep-alive",
    te: "trailers",
    trailer: "x-end",
    upgrade: "h2c",
    "content-encoding": "gzip",
    "set-cookie": "upstream=1",
    "access-control-allow-origin": "*",
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "x-other",
    "alt-svc": 'h3="up.example:443"',
    "clear-site-data": '"*"',
    "strict-transport-security": "max-age=1",
    "www-authenticate": "Basic",
    "x-accel-redirect": "/internal",
    "x-sendfile": "/etc/passwd",
    "x-lighttpd-send-file": "/etc/passwd",
    "cdn-cache-control": "max-age=60",
    "cloudflare-cdn-cache-control": "max-age=60",
    "surrogate-control": "max-age=60",
    expires: "Thu, 31 Dec 2099 23:59:59 GMT",
    age: "1",
    pragma: "cache",
    refresh: "0; url=https://evil.example",
    link: "<https://evil.example>; rel=preload",
  };
  const ours = { "cache-control": "no-cache, no-transform", "x-accel-buffering": "no", vary: "origin" };

  it.each([[200], [429]])(
    "what is about the connection, the bytes, the origin or a cache stays behind (%d)",
    async (status) => {
      const answer = await relayResponse(
        new Response("{}", { status, headers: { ...passed, ...kept, "cache-control": "public, max-age=60" } }),
      );
      const json = { "content-type": "application/json", "cache-control": "no-store" };
      expect(Object.fromEntries(answer.headers)).toEqual({ ...passed, ...ours, ...(status === 429 && json) });
    },
  );

  it("have the key and the address redacted", async () => {
    const headers = {
      "x-served-by": "up.example:8443",
      "x-debug": `Bearer ${OWN_KEY}`,
      "x-other": "backup.example",
    };
    const answer = await relayResponse(new Response("{}", { headers }), WITH_OWN_KEY);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "x-served-by": "***",
      "x-debug": "Bearer ***",
      "x-other": "backup.example",
    });
  });

  it("of a real upstream come without content-length and content-encoding", async () => {
    const { gzipSync } = await import("node:zlib");
    const zipped = httpResponse(200, gzipSync(HELLO_EVENTS), { "content-encoding": "gzip", "set-cookie": "a=b" });
    const { origin } = await serveRelay([zipped]);
    const answer = await postTo(origin);
    expect(await answer.text()).toBe(HELLO_EVENTS);
    for (const name of ["content-encoding", "content-length", "set-cookie"]) {
      expect(answer.headers.has(name)).toBe(false);
    }
  });
});
