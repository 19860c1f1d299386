import { describe, expect, it } from "vitest";
import { type ChatCompletion, collect, completion, type Options, stream } from "../src/index.js";
import { catchBasetenError, catchError } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { jsonResponse, type Responder, recordedFetch, scriptedBody, sseResponse } from "./helpers/recorded-fetch.js";
import { MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import { completionBody } from "./helpers/wire-chunks.js";

clearEnvironment();

const ask = (answer: Responder, options: Options = {}) =>
  completion({ model: MODEL_SLUG, messages }, singleAttempt(recordedFetch(answer), options));

/** A completion with such a message and choice. */
function saying(message: unknown, choice: object = {}): Record<string, unknown> {
  return { ...completionBody(""), choices: [{ index: 0, message, finish_reason: "stop", ...choice }] };
}

const call = (args: unknown) => ({ id: "a", type: "function", function: { name: "f", arguments: args } });

describe("a completion", () => {
  it("comes as the server sent it, unknown fields too", async () => {
    const whole = { ...completionBody("Hello \u2600"), x: { y: [null] }, service_tier: null };
    expect(await ask(jsonResponse(whole))).toEqual(whole);
  });

  it.each([
    ["text/event-stream", {}],
    ["text/html", {}],
    ["application/octet-stream", {}],
  ])("comes whatever the content type says: %s", async (type) => {
    expect(await ask(jsonResponse(completionBody("Hello"), 200, { "content-type": type }))).toEqual(
      completionBody("Hello"),
    );
  });

  it.each([201, 202, 203, 206])("comes with any status of success: %i", async (status) => {
    expect(await ask(jsonResponse(completionBody("Hello"), status))).toEqual(completionBody("Hello"));
  });

  it.each([
    ["a byte a read", (text: string) => [...Buffer.from(text)].map((byte) => Uint8Array.of(byte))],
    ["with a BOM before it", (text: string) => [`\ufeff${text}`]],
    ["with blanks around it, as keep-alives", (text: string) => ["\n \n", text, "\r\n"]],
  ])("is read %s", async (_, pieces) => {
    expect(await ask(sseResponse(pieces(JSON.stringify(completionBody("caf\u00e9 \ud83d\ude42")))))).toEqual(
      completionBody("caf\u00e9 \ud83d\ude42"),
    );
  });

  it("is read where the runtime gives no body, by text()", async () => {
    const bodiless = () =>
      Object.defineProperty(jsonResponse(completionBody("Hello"))({} as never) as Response, "body", {
        value: undefined,
      });
    expect(await ask(() => bodiless())).toEqual(completionBody("Hello"));
  });

  it.each<[string, object, object]>([
    ["reasoning is there as reasoning_content, too", { reasoning: "hm" }, { reasoning: "hm", reasoning_content: "hm" }],
    ["reasoning_content stays", { reasoning: "a", reasoning_content: "b" }, { reasoning: "a", reasoning_content: "b" }],
    [
      "reasoning beside a null",
      { reasoning: "a", reasoning_content: null },
      { reasoning: "a", reasoning_content: "a" },
    ],
    [
      "arguments that are an object are JSON",
      { tool_calls: [call({ x: [1, "\u00e9"] })] },
      { tool_calls: [call('{"x":[1,"\u00e9"]}')] },
    ],
    ["arguments that are a text stay", { tool_calls: [call('{ "x": 1 }')] }, { tool_calls: [call('{ "x": 1 }')] }],
    ["tool_calls that are null stay", { tool_calls: null }, { tool_calls: null }],
    [
      "tool calls of odd shapes stay",
      { tool_calls: [null, {}, { function: null }] },
      { tool_calls: [null, {}, { function: null }] },
    ],
  ])("is evened out: %s", async (_, sent, got) => {
    const { choices } = await ask(jsonResponse(saying({ role: "assistant", content: null, ...sent })));
    expect(choices[0]?.message).toEqual({ role: "assistant", content: null, ...got });
  });

  it.each([
    ["", null],
    [null, null],
    ["stop", "stop"],
    ["tool_calls", "tool_calls"],
  ])("finish_reason %j is %j", async (finish_reason, got) => {
    expect((await ask(jsonResponse(saying({ content: "a" }, { finish_reason })))).choices[0]?.finish_reason).toBe(got);
  });

  it('"error": null is nothing, nor is an empty text', async () => {
    expect(await ask(jsonResponse({ ...completionBody("Hello"), error: null }))).toEqual({
      ...completionBody("Hello"),
      error: null,
    });
    expect(await ask(jsonResponse({ ...completionBody("Hello"), error: "" }))).toEqual({
      ...completionBody("Hello"),
      error: "",
    });
  });

  it("with a message of its own beside choices is no error", async () => {
    expect(await ask(jsonResponse({ ...completionBody("Hello"), message: "ok" }))).toEqual({
      ...completionBody("Hello"),
      message: "ok",
    });
  });
});

describe("a 200 that is no completion", () => {
  it.each<[string, string]>([
    ["nothing", ""],
    ["blanks", " \r\n"],
    ["a page", "<!doctype html><title>Sign in</title>"],
    ["words", "Hello"],
    ["an event stream", 'data: {"choices":[]}\n\n'],
    ["half a completion", JSON.stringify(completionBody("Hello")).slice(0, -5)],
    ["a list", "[]"],
    ["a list of a completion", JSON.stringify([completionBody("Hello")])],
    ["null", "null"],
    ["a number", "5"],
    ["a text", '"Hello"'],
    ["an empty object", "{}"],
    ["no choices", '{"id":"x","detail":"hm"}'],
    ["choices that are no list", '{"choices":{}}'],
    ["choices that are null", '{"choices":null}'],
    ["an error that is null, and nothing else", '{"error":null}'],
    ["an error that is a number", '{"error":5,"message":6}'],
  ])("is an InvalidResponseError: %s", async (_, text) => {
    const error = await catchBasetenError(() => ask(jsonResponse(text, 200, { "content-type": "text/x-odd" })));
    expect(error).toMatchObject({ name: "InvalidResponseError", status: 200, attempts: 1 });
    expect(error.message).toMatch(/^200 from inference\.baseten\.co: /);
    expect(error.message).toContain("text/x-odd");
    expect(error.message).toContain(text.trim());
    expect(error.body ?? "").toBe(text);
  });

  it("says the first 500 characters of it", async () => {
    const error = await catchBasetenError(() => ask(jsonResponse(`<${"\u00e9".repeat(3_000)}`)));
    expect(error.message).toContain(`<${"\u00e9".repeat(499)}`);
    expect(error.message).not.toContain("\u00e9".repeat(500));
  });

  it("says so where there is no content type", async () => {
    const bare = () => new Response(new TextEncoder().encode("<html>"));
    expect((await catchBasetenError(() => ask(bare))).message).toMatch(/^200 from inference\.baseten\.co: .*<html>$/);
  });
});

describe("a body that breaks off", () => {
  const cause = new TypeError("terminated");
  it.each<[string, Responder]>([
    ["at once", sseResponse([cause])],
    ["half-way", sseResponse(['{"id":', cause])],
    ["behind a whole completion", sseResponse([JSON.stringify(completionBody("Hello")), cause])],
  ])("%s is an APIConnectionError with its cause", async (_, answer) => {
    const error = await catchBasetenError(() => ask(answer));
    expect(error).toMatchObject({ name: "APIConnectionError", status: 200, attempts: 1 });
    expect(error.message).toMatch(/^200 from inference\.baseten\.co: .*terminated/);
    expect(error.cause).toBe(cause);
  });
});

describe("completion rejects, and never throws,", () => {
  it.each<[string, unknown, unknown]>([
    ["without a request", undefined, {}],
    ["with a model that leads nowhere", { model: "", messages }, {}],
    ["with an option that is none", { model: MODEL_SLUG, messages }, { timeout: 0 }],
  ])("%s", async (_, request, options) => {
    const promise = completion(request as never, options as never);
    expect(promise).toBeInstanceOf(Promise);
    expect(await catchError(() => promise)).toMatchObject({ name: "BadRequestError" });
  });
});

describe("a server that does not stream", () => {
  const whole = saying(
    { role: "assistant", content: "Look:", reasoning: "hm", tool_calls: [call({ x: 1 }), { ...call("{}"), id: "b" }] },
    { finish_reason: "tool_calls" },
  );

  it("still works with stream: the completion is one chunk, which collect makes whole again", async () => {
    const made = await ask(jsonResponse(whole));
    for (const type of ["application/json", "text/event-stream"]) {
      const source = scriptedBody([JSON.stringify(whole)]);
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
        { index: 0, ...call('{"x":1}') },
        { index: 1, ...call("{}"), id: "b" },
      ]);
      expect(value?.choices[0]).not.toHaveProperty("message");
      expect(await chunks.next()).toEqual({ done: true, value: undefined });
      expect(source.state).toBe("ended");
      if (value) expect(await collect([value])).toEqual(made satisfies ChatCompletion);
    }
  });
});
