/** Keys and cold starts. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { emulator } from "../../src/emulator/index.js";
import { DEDICATED, MESSAGES, MODEL_API, readResponse, send, TEXT_MODEL } from "./helpers.js";

const CHAT = { model: TEXT_MODEL, messages: MESSAGES };

describe("a key", () => {
  const fetch = emulator({ apiKeys: ["first-key", " second-key "] });
  const sendWithKey = (authorization?: string, url = `${MODEL_API}/chat/completions`) =>
    send(fetch, url, CHAT, { headers: authorization === undefined ? {} : { authorization } });

  it.each(["Bearer first-key", "Api-Key first-key", "bearer second-key", "API-KEY  second-key "])(
    "in the list is accepted: %s",
    async (authorization) => {
      expect((await sendWithKey(authorization)).status).toBe(200);
    },
  );

  it.each([
    [undefined, 401],
    ["", 401],
    ["Bearer ", 401],
    ["Basic Zmlyc3Qta2V5", 401],
    ["first-key", 401],
    ["Bearer third-key", 403],
    ["Bearer first-key2", 403],
    ["Api-Key third-key", 403],
  ])("that is missing or wrong is refused with the body of Baseten: %s is %s", async (authorization, status) => {
    const reply = await sendWithKey(authorization);
    expect([reply.status, reply.json]).toEqual([status, { error: expect.stringMatching(/^please check the api-key/) }]);
  });

  it("is needed at every endpoint, and shown in no response", async () => {
    const target = DEDICATED.replace("/sync/v1", "");
    for (const url of [`${DEDICATED}/chat/completions`, `${DEDICATED}/embeddings`, `${target}/wake`]) {
      const { status, text } = await sendWithKey("Bearer third-key", url);
      expect(status).toBe(403);
      expect(text).not.toContain("third-key");
    }
    expect((await send(fetch, `${MODEL_API}/models`)).status).toBe(401);
  });

  it("may be any or missing without the option apiKeys", async () => {
    for (const headers of [{}, { authorization: "Bearer what-ever" }, { authorization: "nonsense" }]) {
      expect((await send(emulator(), `${MODEL_API}/chat/completions`, CHAT, { headers })).status).toBe(200);
    }
  });
});

describe("a cold start", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const postInit = (body: object = CHAT): RequestInit => ({ method: "POST", body: JSON.stringify(body) });

  /** The ms until a request is answered. */
  async function measureWait(work: Promise<Response>): Promise<number> {
    const start = performance.now();
    let end: number | undefined;
    const answered = work.then(async (response) => {
      end = performance.now();
      expect((await readResponse(response)).status).toBe(200);
    });
    while (end === undefined && performance.now() < start + 60_000) await vi.advanceTimersByTimeAsync(100);
    await answered;
    return (end ?? Number.NaN) - start;
  }

  it("delays the first answer of a deployment, and no later one", async () => {
    const fetch = emulator({ coldStart: 5_000 });
    expect(await measureWait(fetch(`${DEDICATED}/chat/completions`, postInit()))).toBe(5_000);
    expect(await measureWait(fetch(`${DEDICATED}/chat/completions`, postInit()))).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("delays every request during it by what is left of it", async () => {
    const fetch = emulator({ coldStart: 5_000 });
    const first = fetch(`${DEDICATED}/chat/completions`, postInit());
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await measureWait(fetch(`${DEDICATED}/models`))).toBe(2_000);
    expect((await first).status).toBe(200);
  });

  it("delays each deployment by itself, and never the Model API", async () => {
    const fetch = emulator({ coldStart: 5_000 });
    await measureWait(fetch(`${DEDICATED}/chat/completions`, postInit()));
    expect(await measureWait(fetch(`${DEDICATED.replace("production", "staging")}/chat/completions`, postInit()))).toBe(
      5_000,
    );
    expect(await measureWait(fetch(`${MODEL_API}/chat/completions`, postInit()))).toBe(0);
  });

  it("begins with a wake, which is answered at once", async () => {
    const fetch = emulator({ coldStart: 5_000 });
    expect((await fetch(DEDICATED.replace("sync/v1", "wake"), { method: "POST" })).status).toBe(202);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(await measureWait(fetch(`${DEDICATED}/chat/completions`, postInit()))).toBe(1_000);
  });

  it("rejects when the signal aborts, and goes on for the next request", async () => {
    const fetch = emulator({ coldStart: 5_000 });
    const controller = new AbortController();
    const left = fetch(`${DEDICATED}/chat/completions`, { ...postInit(), signal: controller.signal });
    const outcome = expect(left).rejects.toBe("enough");
    await vi.advanceTimersByTimeAsync(1_000);
    controller.abort("enough");
    await outcome;
    expect(vi.getTimerCount()).toBe(0);
    expect(await measureWait(fetch(`${DEDICATED}/chat/completions`, postInit()))).toBe(4_000);
  });

  it("does not delay a request that is rejected", async () => {
    const fetch = emulator({ coldStart: 5_000, apiKeys: ["the-key"] });
    expect((await fetch(`${DEDICATED}/chat/completions`, postInit())).status).toBe(401);
    expect((await fetch(`${DEDICATED}/nowhere`, postInit())).status).toBe(404);
    expect(vi.getTimerCount()).toBe(0);
  });
});
