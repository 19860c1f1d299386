import { describe, expect, it } from "vitest";
import { type ChatCompletion, collect, completion, type Options, stream } from "../src/index.js";
import { catchBasetenError, catchError } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { jsonResponse, type Responder, recordedFetch, scriptedBody, sseResponse } from "./helpers/recorded-fetch.js";
import { MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import { completionBody } from "./helpers/wire-chunks.js";

clearEnvironment();

/** The completion that this response leads to. */
const complete = (respond: Responder, options: Options = {}) =>
  completion({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(respond), options));

/** A completion with this message, and these fields in its choice. */
function completionWith(message: unknown, choice: object = {}): Record<string, unknown> {
  return { ...completionBody(""), choices: [{ index: 0, message, finish_reason: "stop", ...choice }] };
}

const toolCall = (args: unknown) => ({ id: "a", type: "function", function: { name: "f", arguments: args } });

describe("a completion", () => {
  it("is returned as the server sent it, with unknown fields", async () => {
    const body = { ...completionBody("Hello \u2600"), x: { y: [null] }, service_tier: null };
    expect(await complete(jsonResponse(body))).toEqual(body);
  });

  it.each(["text/event-stream", "text/html", "application/octet-stream"])(
    "is returned whatever its content type: %s",
    async (type) => {
      expect(await complete(jsonResponse(completionBody("Hello"), 200, { "content-type": type }))).toEqual(
        completionBody("Hello"),
      );
    },
  );

  it.each([201, 202, 203, 206])("is returned for any 2xx status: %i", async (status) => {
    expect(await complete(jsonResponse(completionBody("Hello"), status))).toEqual(completionBody("Hello"));
  });

  it.each([
    ["byte by byte", (text: string) => [...Buffer.from(text)].map((byte) => Uint8Array.of(byte))],
    ["with a byte order mark before it", (text: string) => [`\ufeff${text}`]],
    ["with white space around it, as keep-alives", (text: string) => ["\n \n", text, "\r\n"]],
  ])("is read %s", async (_, pieces) => {
    expect(await complete(sseResponse(pieces(JSON.stringify(completionBody("caf\u00e9 \ud83d\ude42")))))).toEqual(
      completionBody("caf\u00e9 \ud83d\ude42"),
    );
  });

  it("is read by text() if the response has no body", async () => {
    const response = Object.defineProperty(Response.json(completionBody("Hello")), "body", { value: undefined });
    expect(await complete(() => response)).toEqual(completionBody("Hello"));
  });

  it.each<[string, object, object]>([
    ["reasoning is copied to reasoning_content", { reasoning: "hm" }, { reasoning: "hm", reasoning_content: "hm" }],
    [
      "reasoning_content is kept",
      { reasoning: "a", reasoning_content: "b" },
      { reasoning: "a", reasoning_content: "b" },
    ],
    [
      "reasoning replaces a null reasoning_content",
      { reasoning: "a", reasoning_content: null },
      { reasoning: "a", reasoning_content: "a" },
    ],
    [
      "tool call arguments as an object become JSON",
      { tool_calls: [toolCall({ x: [1, "\u00e9"] })] },
      { tool_calls: [toolCall('{"x":[1,"\u00e9"]}')] },
    ],
    [
      "tool call arguments as a string are kept",
      { tool_calls: [toolCall('{ "x": 1 }')] },
      { tool_calls: [toolCall('{ "x": 1 }')] },
    ],
    ["tool_calls: null is kept", { tool_calls: null }, { tool_calls: null }],
    [
      "malformed tool calls are kept",
      { tool_calls: [null, {}, { function: null }] },
      { tool_calls: [null, {}, { function: null }] },
    ],
  ])("is normalized: %s", async (_, sent, expected) => {
    const { choices } = await complete(jsonResponse(completionWith({ role: "assistant", content: null, ...sent })));
    expect(choices[0]?.message).toEqual({ role: "assistant", content: null, ...expected });
  });

  it.each([
    ["", null],
    [null, null],
    ["stop", "stop"],
    ["tool_calls", "tool_calls"],
  ])("with finish_reason %j is returned with %j", async (finish_reason, expected) => {
    expect(
      (await complete(jsonResponse(completionWith({ content: "a" }, { finish_reason })))).choices[0]?.finish_reason,
    ).toBe(expected);
  });

  it('with "error": null or "error": "" is not an error', async () => {
    expect(await complete(jsonResponse({ ...completionBody("Hello"), error: null }))).toEqual({
      ...completionBody("Hello"),
      error: null,
    });
    expect(await complete(jsonResponse({ ...completionBody("Hello"), error: "" }))).toEqual({
      ...completionBody("Hello"),
      error: "",
    });
  });

  it("with a message field beside choices is not an error", async () => {
    expect(await complete(jsonResponse({ ...completionBody("Hello"), message: "ok" }))).toEqual({
      ...completionBody("Hello"),
      message: "ok",
    });
  });
});

describe("a 200 response that is not a completion", () => {
  it.each<[string, string]>([
    ["an empty body", ""],
    ["white space", " \r\n"],
    ["HTML", "<!doctype html><title>Sign in</title>"],
    ["plain text", "Hello"],
    ["an event stream", 'data: {"choices":[]}\n\n'],
    ["a completion that ends early", JSON.stringify(completionBody("Hello")).slice(0, -5)],
    ["an empty array", "[]"],
    ["an array with a completion", JSON.stringify([completionBody("Hello")])],
    ["null", "null"],
    ["a number", "5"],
    ["a string", '"Hello"'],
    ["an empty object", "{}"],
    ["an object without choices", '{"id":"x","detail":"hm"}'],
    ["choices that are not an array", '{"choices":{}}'],
    ["choices: null", '{"choices":null}'],
    ["error: null and nothing else", '{"error":null}'],
    ["an error that is a number", '{"error":5,"message":6}'],
  ])("rejects with an InvalidResponseError that quotes status, content type and body: %s", async (_, text) => {
    const error = await catchBasetenError(() => complete(jsonResponse(text, 200, { "content-type": "text/x-odd" })));
    expect(error).toMatchObject({ name: "InvalidResponseError", status: 200, attempts: 1 });
    expect(error.message).toMatch(/^200 from inference\.baseten\.co: /);
    expect(error.message).toContain("text/x-odd");
    expect(error.message).toContain(text.trim());
    expect(error.body ?? "").toBe(text);
  });

  it("rejects with an error that quotes its first 500 characters", async () => {
    const error = await catchBasetenError(() => complete(jsonResponse(`<${"\u00e9".repeat(3_000)}`)));
    expect(error.message).toContain(`<${"\u00e9".repeat(499)}`);
    expect(error.message).not.toContain("\u00e9".repeat(500));
  });

  it("rejects with an error that quotes it even without a content type", async () => {
    const untyped = () => new Response(new TextEncoder().encode("<html>"));
    expect((await catchBasetenError(() => complete(untyped))).message).toMatch(
      /^200 from inference\.baseten\.co: .*<html>$/,
    );
  });
});

describe("a body that errors", () => {
  const cause = new TypeError("terminated");
  it.each<[string, Responder]>([
    ["before any byte", sseResponse([cause])],
    ["inside the completion", sseResponse(['{"id":', cause])],
    ["after a whole completion", sseResponse([JSON.stringify(completionBody("Hello")), cause])],
  ])("%s rejects with an APIConnectionError that has the error as cause", async (_, respond) => {
    const error = await catchBasetenError(() => complete(respond));
    expect(error).toMatchObject({ name: "APIConnectionError", status: 200, attempts: 1 });
    expect(error.message).toMatch(/^200 from inference\.baseten\.co: .*terminated/);
    expect(error.cause).toBe(cause);
  });
});

describe("completion returns a promise that rejects, and does not throw,", () => {
  it.each<[string, unknown, unknown]>([
    ["without a request", undefined, {}],
    ["with an empty model", { model: "", messages }, {}],
    ["with an invalid option", { model: MODEL_SLUG, messages }, { timeout: 0 }],
  ])("%s", async (_, request, options) => {
    const promise = completion(request as never, options as never);
    expect(promise).toBeInstanceOf(Promise);
    expect(await catchError(() => promise)).toMatchObject({ name: "BadRequestError" });
  });
});

describe("a completion instead of a stream", () => {
  const body = completionWith(
    {
      role: "assistant",
      content: "Look:",
      reasoning: "hm",
      tool_calls: [toolCall({ x: 1 }), { ...toolCall("{}"), id: "b" }],
    },
    { finish_reason: "tool_calls" },
  );

  it("is delivered by stream as one chunk, from which collect restores the completion", async () => {
    const direct = await complete(jsonResponse(body));
    for (const type of ["application/json", "text/event-stream"]) {
      const source = scriptedBody([JSON.stringify(body)]);
      const answer = () => new Response(source.stream, { headers: { "content-type": type } });
      const chunks = stream({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(answer)));
      const { value } = await chunks.next();
      expect(value).toMatchObject({
        id: "chat-1",
        object: "chat.completion.chunk",
        usage: { total_tokens: 5 },
        choices: [{ index: 0, finish_reason: "tool_calls", delta: { content: "Look:", reasoning_content: "hm" } }],
      });
      expect(value?.choices[0]?.delta.tool_calls).toEqual([
        { index: 0, ...toolCall('{"x":1}') },
        { index: 1, ...toolCall("{}"), id: "b" },
      ]);
      expect(value?.choices[0]).not.toHaveProperty("message");
      expect(await chunks.next()).toEqual({ done: true, value: undefined });
      expect(source.state).toBe("ended");
      if (value) expect(await collect([value])).toEqual(direct satisfies ChatCompletion);
    }
  });
});
