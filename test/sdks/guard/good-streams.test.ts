/** The guard changes nothing of an answer that is right, nor of what an SDK does with it. */

import { guard } from "baseten-fetch/guard";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  endBody,
  httpJsonResponse,
  type ResponseScript,
  repeatUntilClosed,
  sseHead,
} from "../../helpers/http-response.js";
import { scriptedBody } from "../../helpers/recorded-fetch.js";
import { startServer } from "../../helpers/server.js";
import { readVector } from "../../helpers/vectors.js";
import { chunk, contentChunk, FINISH_EVENTS, sseEvent } from "../../helpers/wire-chunks.js";
import { type ClientName, clients } from "./clients.js";

const names = Object.keys(clients) as ClientName[];
const vectors = ["baseten-fresh-ids", "openai-parallel", "sglang", "tensorrt-llm", "two-choices", "vllm"];
const HELLO = sseEvent(chunk([{ index: 0, delta: { role: "assistant", content: "Hello" }, finish_reason: null }]));

async function serve(...scripts: ResponseScript[]) {
  const server = await startServer(...scripts);
  onTestFinished(() => server.close());
  return { server, baseURL: `${server.origin}/v1` };
}

/** The text of an answer, or what was thrown instead. */
async function readText(name: ClientName, options: Parameters<(typeof clients)[ClientName]>[0]): Promise<string> {
  let text = "";
  try {
    for await (const piece of clients[name](options)) text += piece;
  } catch (error) {
    text += String(error);
  }
  return text;
}

describe.each(vectors)("the recorded stream %s", (vector) => {
  const bytes = readVector(vector);

  it("passes through the guard byte for byte", async () => {
    const { baseURL } = await serve([sseHead(), bytes, endBody]);
    const init = { method: "POST", body: JSON.stringify({ model: "m", messages: [], stream: true }) };
    const response = await guard()(`${baseURL}/chat/completions`, init);
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
  });

  it.each(names)("is the same to %s with the guard and without", async (name) => {
    const { baseURL } = await serve([sseHead(), bytes, endBody]);
    expect(await readText(name, { baseURL, fetch: guard() })).toBe(await readText(name, { baseURL }));
  });
});

describe("an SDK with the guard", () => {
  const endless = [sseHead(), repeatUntilClosed(HELLO)];

  it.each(["openai", "langchain"] as const)("closes the connection when its loop is left (%s)", async (name) => {
    const { server, baseURL } = await serve(endless);
    for await (const piece of clients[name]({ baseURL, fetch: guard() })) if (piece === "Hello") break;
    await server.requests[0]?.closed;
  });

  it.each(names)("closes the connection when it is aborted (%s)", async (name) => {
    const { server, baseURL } = await serve(endless);
    const controller = new AbortController();
    const { signal } = controller;
    const reading = async () => {
      for await (const piece of clients[name]({ baseURL, fetch: guard(), signal })) {
        if (piece === "Hello") controller.abort();
      }
    };
    // Some SDKs end the loop quietly after an abort, others throw.
    await reading().catch(() => {});
    await server.requests[0]?.closed;
  });

  it.each(["openai", "langchain"] as const)("reads no further than its caller does (%s)", async (name) => {
    const body = scriptedBody(Array(100).fill(HELLO));
    const fetch = guard({
      fetch: async () => new Response(body.stream, { headers: { "content-type": "text/event-stream" } }),
    });
    let pieces = 0;
    for await (const piece of clients[name]({ baseURL: "http://unused.test/v1", fetch })) {
      if (piece === "Hello" && ++pieces === 5) break;
    }
    expect(body.reads).toBeLessThan(20);
    expect(body.state).toBe("cancelled");
  });

  it.each(names)("retries as ever what failed before it began (%s)", async (name) => {
    const { server, baseURL } = await serve(httpJsonResponse(503, { error: "overloaded" }, { "retry-after-ms": "1" }), [
      sseHead(),
      HELLO + FINISH_EVENTS,
      endBody,
    ]);
    expect(await readText(name, { baseURL, fetch: guard() })).toBe("Hello");
    expect(server.requests).toHaveLength(2);
  });

  it.each(names)("does not send again what has begun to stream (%s)", async (name) => {
    const { server, baseURL } = await serve([sseHead(), HELLO, sseEvent(contentChunk(" and")), endBody]);
    await readText(name, { baseURL, fetch: guard(), maxRetries: 2 });
    expect(server.requests).toHaveLength(1);
  });
});
