/** A browser page that calls a LiteLLM proxy. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completion } from "../../src/index.js";
import { catchBasetenError } from "../helpers/catch-error.js";
import { repeatFault } from "./failures.js";
import { type Library, type OpenPage, openPage } from "./page.js";
import { PROXY_KEY } from "./proxy.js";
import {
  completeDirectly,
  emulate,
  normalizeCompletion,
  options,
  request,
  useProxy,
  waitForHangUp,
} from "./use-proxy.js";

useProxy();

describe("a page of another origin calls a LiteLLM proxy, and", () => {
  let open: OpenPage;
  beforeAll(async () => {
    open = await openPage();
  });
  afterAll(() => open?.close());

  const passToPage = () => ({ request, options: options({ apiKey: PROXY_KEY }) });

  it("completes and streams", async () => {
    const answers = await open.page.evaluate(async ({ request, options }) => {
      const { collect, completion, stream } = (globalThis as unknown as Library).library;
      return [await completion(request, options), await collect(stream(request, options))];
    }, passToPage());
    expect(answers.map(normalizeCompletion)).toEqual([await completeDirectly(), await completeDirectly()]);
  });

  it("reads errors, but not the headers that LiteLLM does not show it", async () => {
    emulate({ faults: repeatFault("429") });
    const seen = await open.page.evaluate(async ({ request, options }) => {
      const { completion } = (globalThis as unknown as Library).library;
      return completion(request, options).catch(({ name, status, headers }) => ({
        name,
        status,
        id: headers.get("x-litellm-call-id"),
      }));
    }, passToPage());
    expect(seen).toEqual({ name: "RateLimitError", status: 429, id: null });
    const outside = await catchBasetenError(() => completion({ ...request, model: "nothing" }, options()));
    expect(outside.headers?.get("x-litellm-call-id")).toBeTruthy();
  });

  it("stops the model by a break, and by an abort with its reason", async () => {
    emulate({ tokensPerSecond: 20 });
    await open.page.evaluate(async ({ request, options }) => {
      for await (const _ of (globalThis as unknown as Library).library.stream(request, options)) break;
    }, passToPage());
    await waitForHangUp();
    emulate({ tokensPerSecond: 20 });
    const kept = await open.page.evaluate(async ({ request, options }) => {
      const controller = new AbortController();
      const chunks = (globalThis as unknown as Library).library.stream(request, {
        ...options,
        signal: controller.signal,
      });
      await chunks.next();
      const reason = new Error("no longer wanted");
      controller.abort(reason);
      return chunks.next().catch((error) => error === reason);
    }, passToPage());
    expect(kept).toBe(true);
    await waitForHangUp();
  });
});
