/** The functions beside `completion` and `stream`, against servers that misbehave. */

import { describe, it } from "vitest";
import {
  collect,
  embed,
  fallback,
  models,
  type Options,
  parse,
  runTools,
  stream,
  toReadableStream,
  wake,
} from "../../src/index.js";
import {
  endSocket,
  httpJsonResponse,
  httpResponse,
  httpSseResponse,
  resetSocket,
  type ScriptedResponse,
  sseHead,
  stall,
} from "../helpers/http-response.js";
import { REQUEST } from "../helpers/requests.js";
import { SHORT_TIMEOUT_MS } from "../helpers/server.js";
import { contentChunk, sseEvent } from "../helpers/wire-chunks.js";
import { ABORT_REASON, withServer } from "./describe-failures.js";
import { catchRejection, type ExpectedError, expectError, expectServerError } from "./expect-error.js";

const schema = { type: "object", properties: {} };

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

/** `wake` takes no base URL: its requests are led to the server. */
function atServer({ baseURL, ...options }: Options): Options {
  const { origin } = new URL(`${baseURL}`);
  return { ...options, fetch: (url, init) => fetch(origin + new URL(`${url}`).pathname, init) };
}

/** Each function, called once. */
const streamed: Record<string, (options: Options) => Promise<unknown>> = {
  runTools: (options) => drain(runTools(REQUEST, { tool: { parameters: schema } }, options)),
  "parse with onPartial": (options) => parse(REQUEST, schema, { ...options, onPartial: () => {} }),
  "fallback with a stream": (options) => fallback(["a/b"], () => stream(REQUEST, options)).then(drain),
  "toReadableStream, read by stream": (options) => {
    const readable = async () => new Response(toReadableStream(stream(REQUEST, options)));
    return collect(stream(REQUEST, { ...options, fetch: readable }));
  },
};
const whole: Record<string, (options: Options) => Promise<unknown>> = {
  parse: (options) => parse(REQUEST, schema, options),
  models: (options) => models(options),
  embed: (options) => embed({ model: "a/b", input: Array.from({ length: 200 }, () => "text") }, options),
};
const every = { ...streamed, ...whole, wake: (options: Options) => wake("abcd1234", atServer(options)) };

/** What each response makes of a call. */
const failures: [string, ScriptedResponse, ExpectedError][] = [
  [
    "is an error status",
    httpJsonResponse(418, { error: { message: "a teapot" } }),
    { name: "BadRequestError", messageIncludes: ["a teapot"] },
  ],
  [
    "is HTML",
    httpResponse(200, "<html>maintenance</html>"),
    { name: "InvalidResponseError", messageIncludes: ["maintenance"] },
  ],
  ["redirects", httpResponse(307, "", { location: "http://127.0.0.2/" }), { name: "InvalidResponseError" }],
  ["never comes: the connection is reset", [resetSocket], { name: "APIConnectionError" }],
];

describe.each(Object.entries(every))("with %s, a response that", (name, call) => {
  // What a reader of the readable stream is told holds no address, and no name but the server's.
  const isIndirect = name.startsWith("toReadableStream");
  // Its message names the deployment's host.
  const expectFailure = name === "wake" ? expectError : expectServerError;

  it.each(failures)("%s rejects with a BasetenError", (_, response, expected) =>
    withServer([response], async (_server, options) => {
      const error = await catchRejection(call({ ...options, maxRetries: 0 }));
      expectFailure(error, isIndirect ? { name: "APIError" } : expected);
    }),
  );

  it("never comes rejects with TimeoutError at timeout.response", () =>
    withServer([[stall]], async (_server, options) => {
      const error = await catchRejection(call({ ...options, timeout: { response: SHORT_TIMEOUT_MS } }));
      expectFailure(
        error,
        isIndirect ? { name: "APIError" } : { name: "TimeoutError", messageIncludes: ["timeout.response"] },
      );
    }));

  it("never comes rejects with the abort reason when the caller aborts", () =>
    withServer([[stall]], async (server, options, caller) => {
      const rejection = catchRejection(call(options));
      await server.waitFor("request 1");
      caller.abort(ABORT_REASON);
      const error = await rejection;
      if (error !== ABORT_REASON) throw error;
    }));
});

describe.each(Object.entries(streamed))("with %s, a stream that", (name, call) => {
  const isIndirect = name.startsWith("toReadableStream");
  const begun = sseEvent(contentChunk('{"a":'));

  it.each<[string, ScriptedResponse, string]>([
    ["ends too early", httpSseResponse(begun), "StreamTruncatedError"],
    ["is cut off by the server", [sseHead(), begun, endSocket], "APIConnectionError"],
    ["reports an error", httpSseResponse(begun, sseEvent({ error: "out of memory" })), "APIError"],
    ["holds what is not JSON", httpSseResponse(begun, "data: {\n\n"), "InvalidResponseError"],
  ])("%s rejects with a BasetenError", (_, response, expected) =>
    withServer([response], async (_server, options) => {
      expectServerError(await catchRejection(call(options)), { name: isIndirect ? "APIError" : expected });
    }),
  );

  it("stalls rejects with TimeoutError at timeout.idle", () =>
    withServer([[sseHead(), begun, stall]], async (_server, options) => {
      const error = await catchRejection(call({ ...options, timeout: { idle: SHORT_TIMEOUT_MS } }));
      expectServerError(error, { name: isIndirect ? ["APIError", "TimeoutError"] : "TimeoutError" });
    }));
});
