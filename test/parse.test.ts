import { toJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type ParseOptions, parse, type Schema } from "../src/index.js";
import { catchBasetenError, catchError, expectRefusal } from "./helpers/catch-error.js";
import { flushEventLoop, startLeakCheck } from "./helpers/leak-check.js";
import {
  jsonResponse,
  onlyRequest,
  type RecordedFetch,
  recordedFetch,
  scriptedBody,
  sseResponse,
} from "./helpers/recorded-fetch.js";
import { API_KEY, MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import { completionBody, contentChunk, finishChunk, sseEvent, usageChunk } from "./helpers/wire-chunks.js";

const request = { model: MODEL_SLUG, messages };
const text = '{"city":"Paris","people":2100000}';
const value = { city: "Paris", people: 2_100_000 };
const jsonSchema = {
  type: "object",
  properties: { city: { type: "string" }, people: { type: "number" } },
  required: ["city", "people"],
};

const valibotSchema = v.object({ city: v.string(), people: v.number() });
const schemas: Record<string, Schema> = {
  Zod: z.object({ city: z.string(), people: z.number() }),
  ArkType: type({ city: "string", people: "number" }),
  "Valibot with @valibot/to-json-schema": { validator: valibotSchema, jsonSchema: toJsonSchema(valibotSchema) },
  "a plain JSON Schema": jsonSchema,
};

/** A fetch that answers each call with this text, streamed in pieces if the request asks for a stream. */
function answerFetch(content: string, finishReason = "stop", pieces: string[] = [content]): RecordedFetch {
  const whole = {
    ...completionBody(content),
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: finishReason }],
  };
  return recordedFetch((call) => {
    const isStream = JSON.parse(String(call.init.body)).stream === true;
    const events = [...pieces.map((piece) => contentChunk(piece)), finishChunk(finishReason), usageChunk()].map(
      sseEvent,
    );
    return isStream ? sseResponse(events)() : jsonResponse(whole)();
  });
}

const run = (fetch: RecordedFetch, schema: unknown, options: ParseOptions = {}, more: object = {}) =>
  parse({ ...request, ...more }, schema as Schema, { ...singleAttempt(fetch), ...options });

const bothWays: [string, ParseOptions][] = [
  ["without a stream", {}],
  ["with onPartial", { onPartial: () => {} }],
];

describe.each(bothWays)("parse %s", (_, options) => {
  it.each(Object.entries(schemas))("gives the value of %s and the completion", async (_name, schema) => {
    const result = await run(answerFetch(text), schema, options);
    expect(result.value).toEqual(value);
    expect(result.completion).toMatchObject({ choices: [{ message: { content: text } }], usage: { total_tokens: 5 } });
  });

  it.each(Object.entries(schemas))("sends the JSON Schema of %s, strict", async (_name, schema) => {
    const fetch = answerFetch(text);
    await run(fetch, schema, options);
    expect(onlyRequest(fetch).body.response_format).toEqual({
      type: "json_schema",
      json_schema: {
        name: expect.stringMatching(/^\w+$/),
        strict: true,
        schema: expect.objectContaining({
          ...jsonSchema,
          required: expect.arrayContaining(["city", "people"]),
          additionalProperties: false,
        }),
      },
    });
  });

  it.each<[string, unknown]>([
    ["Zod", schemas.Zod],
    ["ArkType", schemas.ArkType],
    ["Valibot", schemas["Valibot with @valibot/to-json-schema"]],
  ])("refuses what does not fit %s, with the issues, the text and the completion", async (_name, schema) => {
    const wrong = '{"city":"Paris","people":"many"}';
    const error = await catchBasetenError(() => run(answerFetch(wrong), schema, options));
    expect(error).toMatchObject({
      name: "InvalidResponseError",
      message: expect.stringMatching(/^200 from inference\.baseten\.co: the answer does not fit the schema: people: ./),
      status: 200,
      attempts: 1,
      url: "https://inference.baseten.co/v1/chat/completions",
      body: wrong,
      partial: { choices: [{ message: { content: wrong } }] },
    });
    expect(error.issues).toMatchObject([{ message: expect.stringMatching(/./), path: ["people"] }]);
    expect(structuredClone(error.toJSON()).issues).toEqual(error.issues);
  });

  it.each<[string, string, string, string]>([
    [
      "an answer that is not JSON",
      "Paris, of course",
      "stop",
      'the answer is not JSON (finish_reason "stop"): Paris, of course',
    ],
    ["an answer in a fence", "```json\n{}\n```", "stop", "the answer is not JSON"],
    ["an empty answer", "", "content_filter", 'the answer is not JSON (finish_reason "content_filter")'],
    ["an answer that was cut off", '{"city":"Par', "length", 'the answer was cut off (finish_reason "length")'],
  ])("names %s", async (_name, content, finishReason, message) => {
    const error = await catchBasetenError(() => run(answerFetch(content, finishReason), schemas.Zod, options));
    expect(error).toMatchObject({ name: "InvalidResponseError", message: expect.stringContaining(message) });
    expect(error.body).toBe(content || undefined);
    expect(error.partial?.choices[0]?.message.content ?? "").toBe(content);
    expect(error.issues).toBeUndefined();
  });

  it("does not show the key in an error, though the model repeats it", async () => {
    const fetch = answerFetch(`the key is ${API_KEY}`);
    const error = await catchBasetenError(() => run(fetch, schemas.Zod, { ...options, apiKey: API_KEY }));
    expect([error.message, error.body].join()).toContain("the key is ***");
    expect([error.message, error.body].join()).not.toContain(API_KEY);
  });

  it("names an issue by its path: none, or a symbol in it", async () => {
    const issues = [
      { message: "never fits" },
      { message: "is empty", path: [] },
      { message: "is odd", path: [Symbol("key"), 0] },
    ];
    const standard = { version: 1, vendor: "x", validate: () => ({ issues }) };
    const error = await catchBasetenError(() =>
      run(answerFetch(text), { validator: { "~standard": standard }, jsonSchema }, options),
    );
    expect(error.message).toContain(" the answer does not fit the schema: never fits; is empty; Symbol(key).0: is odd");
  });

  it("gives what a schema's transforms and defaults make of the answer, and a promise's result", async () => {
    const schema = z.object({
      n: z.string().transform(Number),
      ok: z
        .boolean()
        .nullable()
        .transform(async (ok) => ok ?? true),
    });
    const result = await run(answerFetch('{"n":"5","ok":null}'), schema, options);
    expect(result.value).toEqual({ n: 5, ok: true });
  });

  it("throws what a validator itself throws, as it is", async () => {
    const error = new Error("mine");
    const schema = z.object({
      city: z.string().transform(() => {
        throw error;
      }),
    });
    expect(await catchError(() => run(answerFetch('{"city":"x"}'), schema, options))).toBe(error);
  });

  it("does not modify the request or the schema", async () => {
    const schema = structuredClone(jsonSchema);
    const frozen = Object.freeze({ ...request, messages: Object.freeze(messages) });
    await parse(frozen as never, schema, { ...singleAttempt(answerFetch(text)), ...options });
    expect(schema).toEqual(jsonSchema);
  });
});

it.each(bothWays)("choice 0 counts in whatever order the server lists the choices, %s", async (_, options) => {
  const choices = [text, "{}"].map((content, index) => ({
    index,
    message: { role: "assistant", content },
    finish_reason: "stop",
  }));
  const fetch = recordedFetch(jsonResponse({ ...completionBody(text), choices: choices.reverse() }));
  expect((await run(fetch, schemas.Zod, options)).value).toEqual(value);
});

describe("a refusal", () => {
  it.each(bothWays)("is named as such %s", async (_, options) => {
    const message = { role: "assistant", content: null, refusal: "I will not." };
    const fetch = recordedFetch(
      jsonResponse({ ...completionBody(""), choices: [{ index: 0, message, finish_reason: "stop" }] }),
    );
    const error = await catchBasetenError(() => run(fetch, schemas.Zod, options));
    expect(error).toMatchObject({
      name: "InvalidResponseError",
      message: expect.stringContaining("the model refused: I will not."),
    });
    expect(error.partial?.choices[0]?.message.refusal).toBe("I will not.");
  });
});

describe("onPartial", () => {
  it("is called after each delta that changed the draft, always with the same object", async () => {
    const drafts: unknown[] = [];
    const seen = new Set<unknown>();
    const onPartial = (draft: unknown) => {
      seen.add(draft);
      drafts.push(structuredClone(draft));
    };
    const pieces = ["{", '"city"', ':"Pa', "ris", '","pe', 'ople":21', "00", "000", "}"];
    const result = await run(answerFetch(text, "stop", pieces), schemas.Zod, { onPartial });
    expect(drafts).toEqual([{}, { city: "Pa" }, { city: "Paris" }, { city: "Paris", people: 2_100_000 }]);
    expect(seen.size).toBe(1);
    expect(result.value).toEqual(value);
  });

  it("is not called for half a surrogate pair, which is held back", async () => {
    const drafts: unknown[] = [];
    const pieces = ['{"city":"', "\ud83d", "\ude00", '","people":1}'];
    await run(answerFetch(pieces.join(""), "stop", pieces), schemas.Zod, {
      onPartial: (draft) => void drafts.push(structuredClone(draft)),
    });
    expect(drafts).toEqual([{ city: "" }, { city: "\u{1f600}" }, { city: "\u{1f600}", people: 1 }]);
  });

  it("is not called for what is not JSON", async () => {
    const onPartial = vi.fn();
    await catchBasetenError(() => run(answerFetch("Paris"), schemas.Zod, { onPartial }));
    expect(onPartial).not.toHaveBeenCalled();
  });

  it("is called at the end for a number at the top level", async () => {
    const drafts: unknown[] = [];
    const { value } = await run(answerFetch("12", "stop", ["1", "2"]), z.number(), {
      onPartial: (draft) => void drafts.push(draft),
    });
    expect([value, drafts]).toEqual([12, [12]]);
  });

  it.each<[string, () => void | Promise<void>]>([
    [
      "throws",
      () => {
        throw new Error("mine");
      },
    ],
    ["rejects", () => Promise.reject(new Error("mine"))],
  ])("that %s ends the call with that error and cancels the answer", async (_, onPartial) => {
    const leaks = startLeakCheck();
    const body = scriptedBody([
      sseEvent(contentChunk('{"city":')),
      sseEvent(contentChunk('"P')),
      new Promise(() => {}),
    ]);
    const error = await catchError(() =>
      run(
        recordedFetch(() => new Response(body.stream)),
        schemas.Zod,
        { onPartial },
      ),
    );
    expect(error).toMatchObject({ message: "mine" });
    await flushEventLoop();
    expect(body.state).toBe("cancelled");
    await leaks.check();
  });

  it("sees only choice 0", async () => {
    const chunks = [contentChunk('{"other":1}', 1), contentChunk(text), finishChunk("stop", 1), finishChunk()];
    const onPartial = vi.fn();
    const { value: parsed } = await run(recordedFetch(sseResponse(chunks.map(sseEvent))), schemas.Zod, { onPartial });
    expect(parsed).toEqual(value);
    expect(onPartial.mock.calls).toEqual([[value]]);
  });

  it("fails as a stream does: what came before is the error's partial", async () => {
    const fetch = recordedFetch(sseResponse([sseEvent(contentChunk('{"city":"Pa'))]));
    const error = await catchBasetenError(() => run(fetch, schemas.Zod, { onPartial: () => {} }));
    expect(error).toMatchObject({
      name: "StreamTruncatedError",
      partial: { choices: [{ message: { content: '{"city":"Pa' } }] },
    });
  });
});

describe("strict mode", () => {
  it("adds additionalProperties: false to every object that says nothing, at any depth", async () => {
    const inner = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
    const strict = { ...inner, additionalProperties: false };
    const build = (object: object) => ({
      type: "object",
      additionalProperties: false,
      required: ["one", "many", "either", "ref", "nullable", "data"],
      properties: {
        one: object,
        many: { type: "array", items: object, prefixItems: [object] },
        either: { anyOf: [object, { type: "null" }] },
        ref: { $ref: "#/$defs/inner" },
        nullable: { ...object, type: ["object", "null"] },
        data: { enum: [{ type: "object" }], default: { properties: {} } },
      },
      $defs: { inner: object },
    });
    const fetch = answerFetch("{}");
    await run(fetch, build(inner));
    const sent = onlyRequest(fetch).body.response_format as { json_schema: { schema: object } };
    expect(sent.json_schema.schema).toEqual(build(strict));
  });

  it("sends the schema in draft 2020-12, which has prefixItems", async () => {
    const fetch = answerFetch('{"pair":["a",1]}');
    await run(fetch, z.object({ pair: z.tuple([z.string(), z.number()]) }));
    expect(onlyRequest(fetch).body.response_format).toMatchObject({
      json_schema: { schema: { properties: { pair: { prefixItems: [{ type: "string" }, { type: "number" }] } } } },
    });
  });

  const bare = { type: "object" };
  const closed = { ...bare, additionalProperties: false };

  it.each<[string, object, object]>([
    ...["patternProperties", "dependentSchemas", "$defs", "definitions"].map((keyword): [string, object, object] => [
      keyword,
      { [keyword]: { name: bare } },
      { [keyword]: { name: closed } },
    ]),
    ...["items", "contains", "additionalItems", "not", "if", "then", "else"].map(
      (keyword): [string, object, object] => [keyword, { [keyword]: bare }, { [keyword]: closed }],
    ),
    ...["items", "prefixItems", "anyOf", "allOf", "oneOf"].map((keyword): [string, object, object] => [
      `a list of ${keyword}`,
      { [keyword]: [bare] },
      { [keyword]: [closed] },
    ]),
    ["a list of types", { items: { type: ["object", "null"] } }, { items: { ...closed, type: ["object", "null"] } }],
    ["what is no object", { items: true, not: null, $defs: null, anyOf: [false, bare] }, { anyOf: [false, closed] }],
  ])("reaches the schemas below %s", async (_, schema, strict) => {
    const fetch = answerFetch("{}");
    await run(fetch, schema);
    expect(onlyRequest(fetch).body.response_format).toMatchObject({ json_schema: { schema: strict } });
  });

  it.each<[string, unknown]>([
    ["schema.properties.zip", z.object({ city: z.string(), zip: z.string().optional() })],
    ["schema.properties.address.properties.zip", z.object({ address: z.object({ zip: z.string().optional() }) })],
    ["schema.properties.unit", z.object({ unit: z.string().default("C") })],
    [
      "schema.properties.list.items.properties.zip",
      z.object({ list: z.array(z.object({ zip: z.optional(z.string()) })) }),
    ],
    ["schema.properties.zip", type({ "zip?": "string" })],
    ["schema.additionalProperties", z.looseObject({ city: z.string() })],
    ["schema.properties.map.additionalProperties", z.object({ map: z.record(z.string(), z.number()) })],
    [
      "schema.anyOf.1.additionalProperties",
      { anyOf: [{ type: "null" }, { type: "object", additionalProperties: true }] },
    ],
    ["schema.additionalProperties", { additionalProperties: true }],
    ["schema.$defs.a.additionalProperties", { $ref: "#/$defs/a", $defs: { a: { additionalProperties: {} } } }],
    ["schema.$defs.a.properties.b", { $ref: "#/$defs/a", $defs: { a: { properties: { b: {} } } } }],
  ])("refuses %s before anything is sent", async (path, schema) => {
    const fetch = answerFetch("{}");
    const error = await expectRefusal(() => run(fetch, schema), path);
    expect(error.message.startsWith(`${path}: `)).toBe(true);
    expect(fetch.calls).toEqual([]);
  });
});

describe("bad input is a BadRequestError before anything is sent", () => {
  const validator = { "~standard": { version: 1, vendor: "x", validate: (input: unknown) => ({ value: input }) } };

  it.each<[string, unknown, object, object]>([
    ["schema", undefined, {}, {}],
    ["schema", "object", {}, {}],
    ["schema", [], {}, {}],
    ["schema", Promise.resolve(jsonSchema), {}, {}],
    ["schema", { validator, jsonSchema: Promise.resolve(jsonSchema) }, {}, {}],
    ["schema", validator, {}, {}],
    ["schema", v.object({ city: v.string() }), {}, {}],
    ["schema.validator", { validator: {}, jsonSchema }, {}, {}],
    ["schema.validator", { "~standard": { version: 1, vendor: "x", jsonSchema: {} } }, {}, {}],
    ["schema", { validator }, {}, {}],
    ["schema", { validator, jsonSchema: "string" }, {}, {}],
    ["response_format", jsonSchema, {}, { response_format: { type: "json_object" } }],
    ["onPartial", jsonSchema, { onPartial: "log" }, {}],
    ["messages", jsonSchema, {}, { messages: "Hello" }],
    ["model", jsonSchema, {}, { model: undefined }],
  ])("%s", async (field, schema, options, more) => {
    const fetch = answerFetch("{}");
    await expectRefusal(() => run(fetch, schema, options, more), field);
    expect(fetch.calls).toEqual([]);
  });

  it.each([
    ["onpartial", { onpartial: () => {} }, "onPartial"],
    ["api_base", { api_base: "https://example.com" }, "baseURL"],
  ])("an unknown option %s is named, with the one that was meant", async (name, options, meant) => {
    const error = await catchBasetenError(() => run(answerFetch("{}"), jsonSchema, options as never));
    expect(error.message).toContain(`${name}: `);
    expect(error.message).toContain(`expected ${meant}`);
  });

  it("options that are null", async () => {
    await expectRefusal(() => parse(request, jsonSchema, null as never), "options");
  });

  it("a schema that JSON Schema cannot express says why", async () => {
    const error = await catchBasetenError(() => run(answerFetch("{}"), z.object({ when: z.date() })));
    expect(error.message).toMatch(/^schema: JSON Schema cannot express it: .*Date/);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it("a schema whose library throws no error", async () => {
    const input = () => {
      throw undefined;
    };
    const standard = { "~standard": { ...validator["~standard"], jsonSchema: { input } } };
    const error = await catchBasetenError(() => run(answerFetch("{}"), standard));
    expect(error.message).toMatch(/^schema: JSON Schema cannot express it/);
  });

  it("a validator alone says what to pass instead", async () => {
    const { message } = await expectRefusal(() => run(answerFetch("{}"), valibotSchema), "schema");
    expect(message).toContain("{ validator, jsonSchema }");
  });
});

describe("a long answer", () => {
  it("of 1 MB in 20,000 deltas is read in time that is linear", async () => {
    const items = Array.from({ length: 10_000 }, (_, index) => ({ id: index, text: "x".repeat(80) }));
    const long = JSON.stringify(items);
    const size = Math.ceil(long.length / 20_000);
    const pieces = Array.from({ length: Math.ceil(long.length / size) }, (_, index) =>
      long.slice(index * size, (index + 1) * size),
    );
    let calls = 0;
    const schema = z.array(z.object({ id: z.number(), text: z.string() }));
    const result = await run(answerFetch(long, "stop", pieces), schema, { onPartial: () => void calls++ });
    expect(result.value).toEqual(items);
    expect(calls).toBeGreaterThan(15_000);
  });
});
