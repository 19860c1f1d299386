import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import { createRequest, recordUpstream, WITH_OWN_KEY } from "./relay-setup.js";

const hang = () => new Promise<never>(() => {});
/** A request whose body never comes. */
const withoutEnd = (signal: AbortSignal, headers = {}) =>
  createRequest({ body: new ReadableStream(), duplex: "half", headers, signal });
const declared = (signal: AbortSignal) => withoutEnd(signal, { "content-length": "10" });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a caller who leaves leaves no timer behind", () => {
  it.each<[name: string, options: RelayOptions, create: (signal: AbortSignal) => Request]>([
    ["while a body of a declared length is read", {}, declared],
    ["while a body of unknown length is read", {}, withoutEnd],
    [
      "while authorize reads a body of a declared length",
      { authorize: async (r) => (await r.text()) !== "" },
      declared,
    ],
    ["while the function apiKey is waited for", { apiKey: hang }, (signal) => createRequest({ signal })],
    ["while a fetch that ignores its signal is waited for", { fetch: hang }, (signal) => createRequest({ signal })],
  ])("%s", async (_, options, create) => {
    const caller = new AbortController();
    const pending = relay({ fetch: recordUpstream().fetch, ...WITH_OWN_KEY, ...options })(create(caller.signal));
    await vi.advanceTimersByTimeAsync(1);
    expect(vi.getTimerCount()).toBe(1);
    caller.abort();
    expect((await pending).status).toBe(499);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a read that authorize has started and does not wait for leaves no timer behind", () => {
  it.each<[name: string, end: () => boolean, status: number]>([
    ["if it returns false", () => false, 403],
    [
      "if it throws",
      () => {
        throw new Error("no database");
      },
      500,
    ],
  ])("%s", async (_, end, status) => {
    const authorize = (request: Request) => {
      request.text().catch(() => {});
      return end();
    };
    const handle = relay({ fetch: recordUpstream().fetch, ...WITH_OWN_KEY, authorize, onError: () => {} });
    const { signal } = new AbortController();
    expect((await handle(declared(signal))).status).toBe(status);
    expect(vi.getTimerCount()).toBe(0);
  });
});
