/** A server on loopback that records the requests it gets, and responds with a given fetch. */

import { serve } from "srvx/node";
import { emulator } from "../../src/emulator/index.js";
import type { Fetch } from "../../src/types/options.js";

/** A request as it arrived. */
export interface RecordedRequest {
  url: string;
  authorization: string | null;
  headers: Headers;
  body: Record<string, unknown>;
  /** Aborted when the caller closes the connection. */
  signal: AbortSignal;
}

/** A running recorder. */
export interface Recorder {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  /** The requests since `respondWith` was called last. */
  requests: RecordedRequest[];
  /** Forgets the requests so far, and responds to further ones by this fetch; by default the emulator. */
  respondWith(fetch?: Fetch): void;
  close(): Promise<void>;
}

/** The header that names the URL that a request was meant for, if it was redirected to this server. */
export const INTENDED_URL_HEADER = "x-sent-to";

/** Starts a recorder. */
export async function startRecorder(): Promise<Recorder> {
  let fetch: Fetch = emulator();
  const recorder: Recorder = {
    origin: "",
    requests: [],
    respondWith(next = emulator()) {
      recorder.requests = [];
      fetch = next;
    },
    close: () => server.close(true),
  };
  const server = serve({
    hostname: "127.0.0.1",
    port: 0,
    silent: true,
    async fetch(request) {
      const { method, headers, signal } = request;
      const url = new URL(headers.get(INTENDED_URL_HEADER) ?? request.url).href;
      const text = await request.text();
      const authorization = headers.get("authorization");
      recorder.requests.push({ url, authorization, headers, body: text ? JSON.parse(text) : {}, signal });
      return fetch(url, { method, headers, signal, ...(text && { body: text }) });
    },
  });
  await server.ready();
  recorder.origin = new URL(server.url ?? "").origin;
  return recorder;
}
