/** Which URLs the emulator answers, and with which methods. */

import { describe, expect, it } from "vitest";
import { emulator } from "../../src/emulator/index.js";
import { MESSAGES, send, TEXT_MODEL } from "./helpers.js";

const CHAT = { model: TEXT_MODEL, messages: MESSAGES };
const HOST = "https://model-abcd1234.api.baseten.co";

describe("a URL", () => {
  it.each([
    "https://inference.baseten.co/v1/chat/completions",
    "https://INFERENCE.baseten.co/v1/chat/completions?trace=1#there",
    `${HOST}/environments/production/sync/v1/chat/completions`,
    `${HOST}/environments/staging-2/sync/v1/chat/completions`,
    `${HOST}/development/sync/v1/chat/completions`,
    `${HOST}/deployment/abc123/sync/v1/chat/completions`,
    "https://model-abc1234.api.baseten.co/environments/production/sync/v1/chat/completions",
    "https://model-ABCD1234.api.baseten.co/environments/production/sync/v1/chat/completions",
    "https://model-abcd1234-eu-west.api.baseten.co/sync/v1/chat/completions",
    `${HOST}/environments/${"x".repeat(63)}/sync/v1/chat/completions`,
    "http://127.0.0.1:8080/chat/completions",
    "http://localhost/v1/chat/completions",
    "https://relay.example/any/prefix/v1/chat/completions",
  ])("is answered as a chat endpoint: %s", async (url) => {
    expect((await send(emulator(), url, CHAT)).json).toMatchObject({ object: "chat.completion" });
  });

  it.each([
    "https://inference.baseten.co/chat/completions",
    "https://inference.baseten.co/v2/chat/completions",
    "https://inference.baseten.co/v1/chat/completions/",
    "https://inference.baseten.co/v1/embeddings",
    "https://inference.baseten.co/wake",
    "https://api.baseten.co/v1/chat/completions",
    "https://baseten.co/v1/chat/completions",
    `${HOST}/v1/chat/completions`,
    `${HOST}/sync/v1/chat/completions`,
    `${HOST}/environments/production/v1/chat/completions`,
    `${HOST}/environments/production/predict`,
    `${HOST}/environments/development/sync/v1/chat/completions`,
    `${HOST}/environments/${"x".repeat(64)}/sync/v1/chat/completions`,
    `${HOST}/production/sync/v1/chat/completions`,
    `${HOST}/wake`,
    `https://model-abcd1234-${"x".repeat(41)}.api.baseten.co/sync/v1/chat/completions`,
    "https://model-abcd1234-development.api.baseten.co/sync/v1/chat/completions",
    "https://model-abcd1234-eu-west.api.baseten.co/environments/production/sync/v1/chat/completions",
    "https://chain-abcd1234.api.baseten.co/environments/production/sync/v1/chat/completions",
    "http://127.0.0.1:8080/",
    "http://127.0.0.1:8080/completions",
  ])("is a 404 with the body of Baseten's gateway: %s", async (url) => {
    const { status, json, headers } = await send(emulator(), url, CHAT);
    const request_id = headers.get("x-baseten-request-id");
    expect(status).toBe(404);
    expect(json).toEqual({ message: expect.any(String), type: "Not Found", code: 404, request_id });
  });

  it.each([
    ["GET", "https://inference.baseten.co/v1/chat/completions", "POST"],
    ["POST", "https://inference.baseten.co/v1/models", "GET"],
    ["OPTIONS", "https://inference.baseten.co/v1/chat/completions", "POST"],
    ["DELETE", `${HOST}/environments/production/sync/v1/embeddings`, "POST"],
    ["GET", `${HOST}/environments/production/wake`, "POST"],
  ])("answers the wrong method with 405 and an Allow header: %s %s", async (method, url, allow) => {
    const { status, json, headers } = await send(emulator(), url, undefined, { method });
    expect(status).toBe(405);
    expect(json).toMatchObject({ type: "Method Not Allowed", code: 405 });
    expect(headers.get("allow")).toBe(allow);
  });

  it.each([
    `${HOST}/environments/production/wake`,
    `${HOST}/development/wake`,
    `${HOST}/deployment/abc123/wake`,
    "https://model-abcd1234-eu-west.api.baseten.co/wake",
  ])("wakes a deployment with 202: %s", async (url) => {
    expect(await send(emulator(), url, "")).toMatchObject({ status: 202, json: {} });
  });

  it("of the Messages API is a 404 with the body of that API's errors", async () => {
    const { status, json } = await send(emulator(), "https://inference.baseten.co/v1/messages", CHAT);
    expect(status).toBe(404);
    expect(json).toEqual({
      type: "error",
      request_id: expect.any(String),
      error: { type: "not_found_error", message: expect.any(String) },
    });
  });
});
