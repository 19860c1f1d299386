/** A relay before an upstream: in the process, or served over loopback as a server would run it. */

import { serve as listen } from "srvx";
import { expect, onTestFinished } from "vitest";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import type { Fetch } from "../../src/types/options.js";
import type { ScriptedResponse } from "../helpers/http-response.js";
import { withTimeout } from "../helpers/leak-check.js";
import { REQUEST } from "../helpers/requests.js";
import { startServer, type TestServer } from "../helpers/server.js";

/** A key of the relay's own, and one of a caller's. Neither may be in any answer. */
export const OWN_KEY = "relay-key-0123456789";
export const CALLER_KEY = "caller-key-987654321";

/** The options of a relay with a key of its own, which anybody may use. */
export const WITH_OWN_KEY: RelayOptions = { apiKey: OWN_KEY, authorize: () => true };

/** The headers of a good caller. */
export const HEADERS: Record<string, string> = {
  authorization: `Bearer ${CALLER_KEY}`,
  "content-type": "application/json",
};

/** A request to a relay; a POST to `/v1/chat/completions` unless told otherwise. */
export function createRequest(init: RequestInit & { path?: string; json?: unknown; duplex?: "half" } = {}): Request {
  const { path = "/v1/chat/completions", json = REQUEST, headers, ...rest } = init;
  const { method = "POST" } = rest;
  const body = method === "POST" ? { body: JSON.stringify(json) } : {};
  return new Request(`http://relay.test${path}`, { method, ...body, ...rest, headers: { ...HEADERS, ...headers } });
}

/** A chat request as bytes on a socket. */
export const RAW_REQUEST: string = [
  "POST /v1/chat/completions HTTP/1.1",
  "host: relay.test",
  "connection: close",
  `authorization: Bearer ${CALLER_KEY}`,
  "content-type: application/json",
  "content-length: 15",
  "",
  '{"model":"a/b"}',
].join("\r\n");

/** A body of so many chunks (endless without a number), how many of them were read, and whether it was cancelled. */
export function countedBody(bytes: Uint8Array<ArrayBuffer>, count = Number.POSITIVE_INFINITY) {
  const seen = { read: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        if (seen.read >= count) return controller.close();
        seen.read += 1;
        controller.enqueue(bytes.slice());
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

/** A request that a relay has sent upstream. */
export interface Sent {
  url: string;
  init: RequestInit;
  headers: Record<string, string>;
  json: Record<string, unknown>;
}

/** A `fetch` that records what a relay sends upstream, and answers it. */
export function recordUpstream(answer: () => Response | Promise<Response> = () => new Response("{}")) {
  const sent: Sent[] = [];
  const fetch: Fetch = async (url, init = {}) => {
    const { headers, body } = init;
    const json = JSON.parse(typeof body === "string" ? body : "{}") as Record<string, unknown>;
    sent.push({ url: String(url), init, headers: headers as Record<string, string>, json });
    return answer();
  };
  return { fetch, sent };
}

/** Calls a relay in the process. Returns its response, and what it has sent upstream. */
export async function callRelay(request: Request, options: RelayOptions = {}) {
  const { fetch, sent } = recordUpstream();
  return { response: await withTimeout(relay({ fetch, ...options })(request), "an answer"), sent };
}

/** The base URL of an upstream whose responses {@link relayResponse} relays. */
export const UPSTREAM_URL = "https://up.example:8443/base/v1";

/** Returns what a relay makes of an upstream's response. */
export function relayResponse(upstream: Response, options: RelayOptions = {}, request = createRequest()) {
  return relay({ fetch: recordUpstream(() => upstream).fetch, baseURL: UPSTREAM_URL, ...options })(request);
}

/** A relay in the process, in front of an upstream on loopback. */
export async function relayTo(answers: readonly ScriptedResponse[], options: RelayOptions = {}) {
  const upstream: TestServer = await startServer(...answers);
  onTestFinished(() => upstream.close());
  return { upstream, handle: relay({ baseURL: `${upstream.origin}/v1`, ...options }) };
}

/** A relay on a port of its own, in front of an upstream on loopback. */
export async function serveRelay(answers: readonly ScriptedResponse[], options: RelayOptions = {}) {
  const { upstream, handle } = await relayTo(answers, options);
  const server = listen({ hostname: "127.0.0.1", port: 0, silent: true, fetch: handle });
  await server.ready();
  onTestFinished(() => server.close(true));
  return { upstream, origin: server.url?.replace(/\/$/, "") ?? "", server };
}

/** Sends a chat request to a relay on loopback. */
export function postTo(origin: string, init: RequestInit = {}): Promise<Response> {
  const body = JSON.stringify({ model: "a/b" });
  return fetch(`${origin}/v1/chat/completions`, { method: "POST", headers: HEADERS, body, ...init });
}

/** The bytes of a text in UTF-8. */
export const toBytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Expects an error of the relay with this status, and returns its `error`. */
export async function expectError(response: Response, status: number): Promise<Record<string, unknown>> {
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  expect(response.headers.get("content-type")).toBe("application/json");
  const { error, ...rest } = JSON.parse(text) as { error: Record<string, unknown> };
  expect(rest).toEqual({});
  expect(Object.keys(error).sort()).toEqual(["code", "message", "type"]);
  expect(error.message).toEqual(expect.stringMatching(/\S/));
  return error;
}
