/** The emulator served over HTTP, called by the client and by fetch. */

import { serve } from "srvx/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect } from "../../src/collect.js";
import { completion } from "../../src/completion.js";
import { emulator } from "../../src/emulator/index.js";
import { stream } from "../../src/stream.js";
import { MESSAGES, TEXT_MODEL } from "./helpers.js";

const signals: AbortSignal[] = [];
const emulate = emulator({ apiKeys: ["the-key"], tokensPerSecond: 200 });
const server = serve({
  hostname: "127.0.0.1",
  port: 0,
  silent: true,
  fetch: (request) => {
    signals.push(request.signal);
    return emulate(request);
  },
});

let options: { baseURL: string; apiKey: string };

beforeAll(async () => {
  await server.ready();
  options = { baseURL: `${server.url}v1`, apiKey: "the-key" };
});

afterAll(() => server.close(true));

const request = { model: TEXT_MODEL, messages: MESSAGES };

describe("the emulator over HTTP", () => {
  it("gives the client the same completion, streamed or not", async () => {
    const whole = await completion(request, options);
    const streamed = await collect(stream(request, options));
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(streamed.usage).toEqual(whole.usage);
  });

  it("rejects with a body that the client reads", async () => {
    const refused = completion(request, { ...options, apiKey: "another-key" });
    await expect(refused).rejects.toMatchObject({ name: "AuthenticationError", status: 403 });
    const wrong = completion({ ...request, n: 2 }, options);
    await expect(wrong).rejects.toMatchObject({ name: "BadRequestError", param: "n" });
  });

  it("aborts the request when the client breaks out of the stream", async () => {
    signals.length = 0;
    for await (const { choices } of stream(request, options)) if (choices[0]?.delta.content) break;
    const [signal] = signals;
    if (!signal?.aborted) await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    expect(signal?.aborted).toBe(true);
  });

  it("answers a plain fetch with an Api-Key", async () => {
    const response = await fetch(`${server.url}v1/models`, { headers: { authorization: "Api-Key the-key" } });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await response.json()).toHaveProperty("data");
  });
});
