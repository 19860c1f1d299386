/** A server on loopback that writes down what arrives, and answers as Baseten does. */

import { serve } from "srvx/node";
import { emulator } from "../../src/emulator/index.js";
import type { Fetch } from "../../src/types/options.js";

/** A request as it arrived. */
export interface Arrival {
  url: string;
  authorization: string | null;
  headers: Headers;
  body: Record<string, unknown>;
  /** Aborted when the caller hangs up. */
  signal: AbortSignal;
}

/** A running recorder. */
export interface Recorder {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  /** What has arrived since `answer` was called last. */
  arrivals: Arrival[];
  /** Forgets what arrived, and lets all that arrives from now on be answered by this; by default the emulator. */
  answer(by?: Fetch): void;
  close(): Promise<void>;
}

/** The header that names the address that a request was meant for, where it was led here on its way. */
export const SENT_TO = "x-sent-to";

/** Starts a recorder. */
export async function record(): Promise<Recorder> {
  let fetch: Fetch = emulator();
  const recorder: Recorder = {
    origin: "",
    arrivals: [],
    answer(by = emulator()) {
      recorder.arrivals = [];
      fetch = by;
    },
    close: () => server.close(true),
  };
  const server = serve({
    hostname: "127.0.0.1",
    port: 0,
    silent: true,
    async fetch(request) {
      const { method, headers, signal } = request;
      const url = new URL(headers.get(SENT_TO) ?? request.url).href;
      const text = await request.text();
      const authorization = headers.get("authorization");
      recorder.arrivals.push({ url, authorization, headers, body: text ? JSON.parse(text) : {}, signal });
      return fetch(url, { method, headers, signal, ...(text && { body: text }) });
    },
  });
  await server.ready();
  recorder.origin = new URL(server.url ?? "").origin;
  return recorder;
}
