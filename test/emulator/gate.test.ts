/** Keys and cold starts. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { emulator } from "../../src/emulator/index.js";
import { DEDICATED, MESSAGES, MODEL_API, readResponse, send, TEXT_MODEL } from "./helpers.js";

const CHAT = { model: TEXT_MODEL, messages: MESSAGES };

describe("a key", () => {
  const fetch = emulator({ apiKeys: ["first-key", " second-key "] });
  const sendWith = (authorization?: string, url = `${MODEL_API}/chat/completions`) =>
    send(fetch, url, CHAT, { headers: authorization === undefined ? {} : { authorization } });

  it.each(["Bearer first-key", "Api-Key first-key", "bearer second-key", "API-KEY  second-key "])(
    "is accepted: %s",
    async (authorization) => {
      expect((await sendWith(authorization)).status).toBe(200);
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
  ])("is refused in Baseten's words: %s is %s", async (authorization, status) => {
    const reply = await sendWith(authorization);
    expect([reply.status, reply.json]).toEqual([status, { error: expect.stringMatching(/^please check the api-key/) }]);
  });

  it("is asked for everywhere, and shown nowhere", async () => {
    const target = DEDICATED.replace("/sync/v1", "");
    for (const url of [`${DEDICATED}/chat/completions`, `${DEDICATED}/embeddings`, `${target}/wake`]) {
      const { status, text } = await sendWith("Bearer third-key", url);
      expect(status).toBe(403);
      expect(text).not.toContain("third-key");
    }
    expect((await send(fetch, `${MODEL_API}/models`)).status).toBe(401);
  });

  it("may be any, or none, where none are given", async () => {
    for (const headers of [{}, { authorization: "Bearer what-ever" }, { authorization: "nonsense" }]) {
      expect((await send(emulator(), `${MODEL_API}/chat/completions`, CHAT, { headers })).status).toBe(200);
    }
  });
});

describe("a cold start", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const post = (body: object = CHAT): RequestInit => ({ method: "POST", body: JSON.stringify(body) });

  /** The ms until the answer to a request comes. */
  async function waited(work: Promise<Response>): Promise<number> {
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

  it("holds a deployment's first answer, and no later one", async () => {
    const fetch = emulator({ coldStart: 5_000 });
    expect(await waited(fetch(`${DEDICATED}/chat/completions`, post()))).toBe(5_000);
    expect(await waited(fetch(`${DEDICATED}/chat/completions`, post()))).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("holds all who come meanwhile, each as long as is left", async () => {
    const fetch = emulator({ coldStart: 5_000 });
    const first = fetch(`${DEDICATED}/chat/completions`, post());
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await waited(fetch(`${DEDICATED}/models`))).toBe(2_000);
    expect((await first).status).toBe(200);
  });

  it("is each deployment's own, and never the Model API's", async () => {
    const fetch = emulator({ coldStart: 5_000 });
    await waited(fetch(`${DEDICATED}/chat/completions`, post()));
    expect(await waited(fetch(`${DEDICATED.replace("production", "staging")}/chat/completions`, post()))).toBe(5_000);
    expect(await waited(fetch(`${MODEL_API}/chat/completions`, post()))).toBe(0);
  });

  it("begins with a wake, which does not wait", async () => {
    const fetch = emulator({ coldStart: 5_000 });
    expect((await fetch(DEDICATED.replace("sync/v1", "wake"), { method: "POST" })).status).toBe(202);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(await waited(fetch(`${DEDICATED}/chat/completions`, post()))).toBe(1_000);
  });

  it("ends with the signal, and goes on without it", async () => {
    const fetch = emulator({ coldStart: 5_000 });
    const controller = new AbortController();
    const left = fetch(`${DEDICATED}/chat/completions`, { ...post(), signal: controller.signal });
    const outcome = expect(left).rejects.toBe("enough");
    await vi.advanceTimersByTimeAsync(1_000);
    controller.abort("enough");
    await outcome;
    expect(vi.getTimerCount()).toBe(0);
    expect(await waited(fetch(`${DEDICATED}/chat/completions`, post()))).toBe(4_000);
  });

  it("does not hold what the gateway turns away", async () => {
    const fetch = emulator({ coldStart: 5_000, apiKeys: ["the-key"] });
    expect((await fetch(`${DEDICATED}/chat/completions`, post())).status).toBe(401);
    expect((await fetch(`${DEDICATED}/nowhere`, post())).status).toBe(404);
    expect(vi.getTimerCount()).toBe(0);
  });
});
