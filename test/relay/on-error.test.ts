import { afterEach, describe, expect, it, vi } from "vitest";
import { BasetenError } from "../../src/index.js";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import { flushEventLoop } from "../helpers/leak-check.js";
import { CALLER_KEY, createRequest, expectError, OWN_KEY, recordUpstream, WITH_OWN_KEY } from "./relay-setup.js";

const OPTIONS: RelayOptions = { ...WITH_OWN_KEY, baseURL: "https://up.example" };
const thrown = new Error("no database");
const throws = () => {
  throw thrown;
};
/** The option `fetch` for an upstream that answers so. */
const withUpstream = (answer: () => Response | Promise<Response>) => ({ fetch: recordUpstream(answer).fetch });

/** The errors that a relay reports for one request. */
async function reportedBy(options: RelayOptions, request = createRequest()) {
  const onError = vi.fn();
  const response = await relay({ ...withUpstream(() => new Response("{}")), ...OPTIONS, onError, ...options })(request);
  return { response, onError, errors: onError.mock.calls.map(([error]) => error as BasetenError) };
}

describe("onError gets what the caller is not told", () => {
  it.each<[name: string, options: RelayOptions, status: number, cause: unknown]>([
    ["an authorize that throws", { authorize: throws }, 500, thrown],
    ["an authorize that rejects", { authorize: () => Promise.reject(thrown) }, 500, thrown],
    ["an authorize that throws nothing", { authorize: () => Promise.reject() }, 500, "unknown"],
    ["models that throws", { models: throws }, 500, thrown],
    ["an apiKey that throws", { apiKey: throws }, 500, { name: "AuthenticationError" }],
    ["an apiKey that gives none", { apiKey: () => undefined }, 500, { name: "AuthenticationError" }],
    ["an apiKey that is no key", { apiKey: () => "two words" }, 500, { name: "AuthenticationError" }],
    ["a refused key of the server's", withUpstream(() => new Response("no", { status: 401 })), 502, { status: 401 }],
    [
      "a refused key of the server's, by a 403 that the caller gets as it is",
      withUpstream(() => new Response('{"error":"please check the api-key you provided"}', { status: 403 })),
      403,
      { status: 403, name: "AuthenticationError" },
    ],
    [
      "an unreachable upstream",
      withUpstream(() => Promise.reject(new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } }))),
      502,
      { name: "APIConnectionError", message: expect.stringMatching(/up\.example.*ECONNREFUSED/) },
    ],
    ["a late upstream", { timeout: 5, ...withUpstream(() => new Promise(() => {})) }, 504, { name: "TimeoutError" }],
    [
      "a redirecting upstream",
      withUpstream(() => new Response(null, { status: 302, headers: { location: "/x" } })),
      502,
      { name: "InvalidResponseError", status: 302 },
    ],
  ])("%s", async (_, options, status, cause) => {
    const request = createRequest();
    const { response, onError, errors } = await reportedBy(options, request);
    const { message } = await expectError(response, status);
    expect(onError.mock.calls).toEqual([[expect.any(BasetenError), request]]);
    expect(errors[0]).toMatchObject({ status, message });
    if (typeof cause === "object" && !(cause instanceof Error)) expect(errors[0]?.cause).toMatchObject(cause ?? {});
    else expect(errors[0]?.cause).toBe(cause);
  });

  it("origins that throws", async () => {
    const { errors } = await reportedBy(
      { origins: throws },
      createRequest({ headers: { origin: "https://app.example" } }),
    );
    expect(errors.map(({ cause }) => cause)).toEqual([thrown]);
  });
});

it.each<[name: string, options: RelayOptions, init: Parameters<typeof createRequest>[0], status: number]>([
  ["a refusal by authorize", { authorize: () => false }, {}, 403],
  ["a model that is not allowed", { models: [] }, {}, 403],
  ["a wrong path", {}, { path: "/" }, 404],
  ["a body that does not come", { timeout: 5 }, { body: new ReadableStream(), duplex: "half" }, 408],
  ["the upstream's 403 about anything else", withUpstream(() => new Response("no access", { status: 403 })), {}, 403],
  ["the upstream's own error", withUpstream(() => new Response("slow down", { status: 429 })), {}, 429],
  ["a caller who has left", {}, { signal: AbortSignal.abort() }, 499],
])("onError gets nothing of what the caller is told in full: %s", async (_, options, init, status) => {
  const { response, errors } = await reportedBy(options, createRequest(init));
  await expectError(response, status);
  expect(errors).toEqual([]);
});

it.each<[name: string, options: RelayOptions, key: string]>([
  [
    "an error of fetch that quotes it",
    withUpstream(() => Promise.reject(new Error(`bad header Bearer ${OWN_KEY}`))),
    OWN_KEY,
  ],
  [
    "an error of fetch whose cause quotes it",
    withUpstream(() => Promise.reject(new Error("x", { cause: OWN_KEY }))),
    OWN_KEY,
  ],
  [
    "a refusal that quotes it",
    withUpstream(() => new Response(`no ${OWN_KEY}`, { status: 401, headers: { "x-a": OWN_KEY } })),
    OWN_KEY,
  ],
])("onError never sees the key: %s", async (_, options, key) => {
  const { errors } = await reportedBy(options);
  const { inspect } = await import("node:util");
  expect(errors.length).toBe(1);
  expect(inspect(errors, { depth: 10, showHidden: true })).not.toContain(key);
});

describe("an onError that", () => {
  it.each<[name: string, onError: RelayOptions["onError"]]>([
    ["throws", throws],
    ["rejects", () => Promise.reject(thrown) as never],
  ])("%s does not change the answer", async (_, onError) => {
    const rejections: unknown[] = [];
    const record = (reason: unknown) => void rejections.push(reason);
    process.on("unhandledRejection", record);
    const { response } = await reportedBy({ authorize: throws, onError });
    await expectError(response, 500);
    await flushEventLoop();
    process.off("unhandledRejection", record);
    expect(rejections).toEqual([]);
  });
});

describe("without onError", () => {
  afterEach(() => vi.restoreAllMocks());

  it("only the error is logged, since the request would show its authorization", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    await relay({ ...OPTIONS, authorize: throws })(createRequest());
    expect(log.mock.calls).toEqual([[expect.any(BasetenError)]]);
    const { inspect } = await import("node:util");
    expect(inspect(log.mock.calls, { depth: 10 })).not.toContain(CALLER_KEY);
  });
});
