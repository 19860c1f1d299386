/** Which chat requests are rejected, and how. */

import { describe, expect, it } from "vitest";
import { emulator } from "../../src/emulator/index.js";
import { DEDICATED, MESSAGES, MODEL_API, send, sendChat, TEXT_MODEL, VISION_MODEL } from "./helpers.js";

const image = { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } };
const userMessage = (...content: unknown[]) => ({ messages: [{ role: "user", content }] });
const tools = [{ type: "function", function: { name: "get", parameters: { type: "object" } } }];
const responseFormat = (json_schema: unknown) => ({ response_format: { type: "json_schema", json_schema } });

/** JSON that is nested 20,000 levels deep. */
const nestDeeply = (open: string, close: string, inner = "") => open.repeat(20_000) + inner + close.repeat(20_000);

describe("a chat request", () => {
  it.each([
    ["messages", { messages: undefined }],
    ["messages", { messages: null }],
    ["messages", { messages: [] }],
    ["messages", { messages: "hello" }],
    ["messages", { messages: ["hello"] }],
    ["messages", { messages: [{ content: "no role" }] }],
    ["messages", { messages: [{ role: "wizard", content: "hello" }] }],
    ["messages", { messages: [{ role: "user" }] }],
    ["messages", { messages: [{ role: "user", content: 5 }] }],
    ["messages", userMessage(image)],
    ["messages", userMessage({ type: "text", text: "see" }, { type: "input_audio", input_audio: {} })],
    ["messages", { model: VISION_MODEL, ...userMessage({ type: "video_url" }) }],
    ["messages", userMessage("hello")],
    ["temperature", { temperature: -0.1 }],
    ["temperature", { temperature: 4.1 }],
    ["temperature", { temperature: "1" }],
    ["top_p", { top_p: 0 }],
    ["top_p", { top_p: 1.1 }],
    ["n", { n: 2 }],
    ["n", { n: 0 }],
    ["n", { n: "1" }],
    ["max_tokens", { max_tokens: 0 }],
    ["max_tokens", { max_tokens: 1.5 }],
    ["max_completion_tokens", { max_completion_tokens: -1 }],
    ["stop", { stop: "" }],
    ["stop", { stop: [""] }],
    ["stop", { stop: Array.from({ length: 33 }, String) }],
    ["stop", { stop: 5 }],
    ["stream", { stream: "yes" }],
    ["stream_options", { stream_options: { include_usage: true } }],
    ["stream_options", { stream: true, stream_options: true }],
    ["tools", { tools: {} }],
    ["tools", { tools: [{ type: "function" }] }],
    ["tools", { tools: [{ type: "function", function: {} }] }],
    ["tool_choice", { tool_choice: "required" }],
    ["tool_choice", { tools, tool_choice: "always" }],
    ["tool_choice", { tools, tool_choice: { type: "function", function: { name: "put" } } }],
    ["tool_choice", { tools, tool_choice: { type: "function" } }],
    ["parallel_tool_calls", { tools, parallel_tool_calls: "no" }],
    ["response_format", { response_format: "json" }],
    ["response_format", { response_format: { type: "grammar" } }],
    ["response_format.json_schema.strict", responseFormat(undefined)],
    ["response_format.json_schema.strict", responseFormat({ name: "a", schema: {} })],
    ["response_format.json_schema.strict", responseFormat({ name: "a", schema: {}, strict: false })],
    ["response_format.json_schema.schema", responseFormat({ name: "a", strict: true })],
  ])("is a 400 that names the field %s: %j", async (param, fields) => {
    const { status, json } = await sendChat(fields);
    expect(status).toBe(400);
    expect(json).toEqual({
      error: {
        message: expect.stringContaining(param),
        type: "invalid_request_error",
        param,
        code: expect.stringMatching(/^invalid_/),
      },
    });
  });

  it.each([
    { temperature: 0 },
    { temperature: 4 },
    { temperature: null, n: null, max_tokens: null, stop: null, stream: null, tools: null, response_format: null },
    { n: 1, top_p: 1, max_tokens: 1, max_completion_tokens: 1 },
    { stop: Array.from({ length: 32 }, String) },
    { stream: false, stream_options: null },
    { tools, tool_choice: "required" },
    { tool_choice: "auto" },
    { tools: [], stop: [] },
    { response_format: { type: "text" } },
    { messages: [{ role: "developer", content: "Be brief." }] },
    {
      messages: [
        ...MESSAGES,
        { role: "assistant", content: null, tool_calls: [] },
        { role: "tool", content: "4", tool_call_id: "1" },
      ],
    },
    { messages: [{ role: "assistant", content: [{ type: "refusal", refusal: "No." }] }, ...MESSAGES] },
    userMessage({ type: "text", text: "hello" }),
    { model: VISION_MODEL, ...userMessage({ type: "text", text: "see" }, image) },
    { model: VISION_MODEL, ...userMessage({ type: "input_image" }) },
    { seed: 1, top_k: 50, min_p: 0, user: "me", logit_bias: {}, metadata: {}, "a field of the future": [] },
  ])("is answered: %j", async (fields) => {
    expect(await sendChat(fields)).toMatchObject({ status: 200, json: { object: "chat.completion" } });
  });

  it("to a dedicated deployment is a 400 with the body of its engine", async () => {
    const { status, json } = await send(emulator(), `${DEDICATED}/chat/completions`, { messages: MESSAGES, n: 2 });
    expect(status).toBe(400);
    expect(json).toEqual({
      error: { message: "n: expected 1, got 2", type: "BadRequestError", param: "n", code: 400 },
    });
  });

  it.each(["", "{", "null", "[]", '"text"', '{"model":"zai-org/GLM-5.3",'])(
    "that is not a JSON object is a 400 with the body of Baseten's gateway: %j",
    async (body) => {
      const { status, json } = await send(emulator(), `${MODEL_API}/chat/completions`, body);
      expect(status).toBe(400);
      expect(json).toEqual({
        message: expect.any(String),
        type: "Bad Request",
        code: 400,
        request_id: expect.any(String),
      });
    },
  );

  it.each([
    ["the body", `{"a":${nestDeeply("[", "]")}}`],
    ["the messages", `{"model":"${TEXT_MODEL}","messages":[{"role":"user","content":${nestDeeply("[", "]")}}]}`],
    ["a schema", `{"model":"${TEXT_MODEL}","messages":[],"tools":${nestDeeply('{"a":', "}", "1")}}`],
  ])("that nests %s 20,000 levels deep is a 400, not a RangeError", async (_, body) => {
    for (const path of ["chat/completions", "embeddings"]) {
      const { status, json } = await send(emulator(), `${DEDICATED}/${path}`, body);
      expect([status, json.message]).toEqual([400, "the body is nested more than 500 levels deep"]);
    }
  });

  it.each([
    [400, { messages: [{ role: "user", content: [{ type: { toString: 1 } }] }] }],
    [400, { messages: [{ role: { toString: 1 }, content: "" }] }],
    [200, { messages: MESSAGES, reasoning_effort: { toString: 1 } }],
    [200, { messages: MESSAGES, reasoning_effort: "constructor" }],
    [400, { messages: MESSAGES, response_format: { type: { toString: 1 } } }],
    [400, { messages: MESSAGES, tool_choice: { function: { name: { toString: 1 } } } }],
    [200, { model: { toString: 1 }, messages: MESSAGES }],
  ])("with an object where a string belongs is a %i, not a TypeError: %j", async (expected, body) => {
    expect((await send(emulator(), `${DEDICATED}/chat/completions`, body)).status).toBe(expected);
  });

  it("for a stream is rejected with JSON, before the stream begins", async () => {
    const { status, headers } = await sendChat({ stream: true, n: 2 });
    expect([status, headers.get("content-type")]).toEqual([400, "application/json"]);
  });
});
