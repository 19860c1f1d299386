/** What other SDKs do when a stream goes wrong, without the guard and with it. */

import { BasetenError } from "baseten-fetch";
import { guard } from "baseten-fetch/guard";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  endBody,
  httpJsonResponse,
  httpResponse,
  type ResponseScript,
  resetSocket,
  sseHead,
  stall,
} from "../../helpers/http-response.js";
import { SHORT_TIMEOUT_MS, startServer } from "../../helpers/server.js";
import { chunk, completionBody, contentChunk, DONE_EVENT, FINISH_EVENTS, sseEvent } from "../../helpers/wire-chunks.js";
import { type ClientName, type ClientOptions, clients } from "./clients.js";

const names = Object.keys(clients) as ClientName[];
const ROLE_EVENT = sseEvent(chunk([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]));
const HELLO = ROLE_EVENT + sseEvent(contentChunk("Hello"));

/** What a loop over an answer came to: its text, and what it threw. */
async function readAnswer(name: ClientName, script: ResponseScript, options: Partial<ClientOptions> = {}) {
  const server = await startServer(script);
  onTestFinished(() => server.close());
  // openai prints the text of events that are not JSON.
  vi.spyOn(console, "error").mockImplementation(() => {});
  let text = "";
  try {
    for await (const piece of clients[name]({ baseURL: `${server.origin}/v1`, ...options })) text += piece;
  } catch (error) {
    return { text, error, requests: server.requests.length };
  }
  return { text, error: undefined, requests: server.requests.length };
}

/** The name of the BasetenError that an SDK's own error was caused by. */
function guardError(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof BasetenError) return cause.name;
  }
  return undefined;
}

interface Failure {
  /** The end of "a server that …". */
  name: string;
  script: ResponseScript;
  /** What the guard throws. */
  error: string;
  /** The clients that end without an error when they are not guarded. */
  silent: ClientName[];
}

const failures: Failure[] = [
  {
    name: "closes with neither finish_reason nor [DONE]",
    script: [sseHead(), HELLO, endBody],
    error: "StreamTruncatedError",
    silent: ["openai", "aiTextStream", "langchain"],
  },
  {
    name: "closes without an event",
    script: [sseHead(), endBody],
    error: "StreamTruncatedError",
    silent: ["openai", "aiTextStream", "langchain"],
  },
  {
    name: "ends inside an event",
    script: [sseHead(), `${HELLO}data: {"choices":[{"ind`, endBody],
    error: "StreamTruncatedError",
    silent: ["aiTextStream"],
  },
  {
    name: "resets the connection",
    script: [sseHead(), HELLO, resetSocket],
    error: "APIConnectionError",
    silent: [],
  },
  {
    name: "sends an error event with an object",
    script: [sseHead(), HELLO, sseEvent({ error: { message: "out of memory" } }), DONE_EVENT, endBody],
    error: "APIError",
    silent: ["aiTextStream"],
  },
  {
    name: "sends an error event with a string",
    script: [sseHead(), HELLO, sseEvent({ error: "out of memory" }), DONE_EVENT, endBody],
    error: "APIError",
    silent: ["aiTextStream"],
  },
  {
    name: "sends an error in the flat shape",
    script: [
      sseHead(),
      HELLO,
      sseEvent({ message: "out of memory", type: "internal", code: 500 }),
      DONE_EVENT,
      endBody,
    ],
    error: "APIError",
    silent: ["aiTextStream", "langchain"],
  },
  {
    name: "sends an event that is not JSON",
    script: [sseHead(), HELLO, "data: oops\n\n", FINISH_EVENTS, endBody],
    error: "InvalidResponseError",
    silent: ["aiTextStream"],
  },
  {
    name: "answers 200 with HTML",
    script: httpResponse(200, "<!doctype html><title>Welcome</title>", { "content-type": "text/html" }),
    error: "InvalidResponseError",
    silent: ["openai", "aiTextStream", "langchain"],
  },
  {
    name: "answers 200 with an error as JSON",
    script: httpJsonResponse(200, { error: { message: "out of memory" } }),
    error: "APIError",
    silent: ["openai", "aiTextStream", "langchain"],
  },
  {
    name: "answers with a whole completion instead of a stream",
    script: httpJsonResponse(200, completionBody("Hello")),
    error: "InvalidResponseError",
    silent: ["openai", "aiTextStream", "langchain"],
  },
];

describe.each(failures)("a server that $name", ({ script, error, silent }) => {
  it.each(silent)("leaves %s without an error, if it is not guarded", async (name) => {
    expect(await readAnswer(name, script)).toMatchObject({ error: undefined });
  });

  it.each(names)("fails %s with the guard, in one request", async (name) => {
    const answer = await readAnswer(name, script, { fetch: guard() });
    expect(guardError(answer.error)).toBe(error);
    expect(answer.requests).toBe(1);
  });
});

describe("a server that falls silent in a stream", () => {
  it.each(names)("fails %s with the guard, when timeout.idle is over", async (name) => {
    const fetch = guard({ timeout: { idle: SHORT_TIMEOUT_MS } });
    const { text, error, requests } = await readAnswer(name, [sseHead(), HELLO, stall], { fetch });
    expect({ text, requests }).toEqual({ text: "Hello", requests: 1 });
    expect(guardError(error)).toBe("TimeoutError");
  });
});
