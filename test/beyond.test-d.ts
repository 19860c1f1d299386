import { toJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  type BasetenError,
  type ChatCompletion,
  type ChatStream,
  collect,
  completion,
  cost,
  type Embeddings,
  embed,
  fallback,
  type Model,
  models,
  type Options,
  parse,
  type SchemaIssue,
  stream,
  toReadableStream,
  wake,
} from "../src/index.js";

const request = { model: "baseten/openai/gpt-oss-120b", messages: [{ role: "user" as const, content: "Hello" }] };

describe("parse", () => {
  it("infers the value from Zod, after its transforms", async () => {
    const schema = z.object({
      city: z.string(),
      people: z.string().transform(Number),
      tags: z.array(z.string()).nullable(),
    });
    const { value, completion: answer } = await parse(request, schema);
    expectTypeOf(value).toEqualTypeOf<{ city: string; people: number; tags: string[] | null }>();
    expectTypeOf(answer).toEqualTypeOf<ChatCompletion>();
  });

  it("infers the value from ArkType", async () => {
    const { value } = await parse(request, type({ city: "string", "kind?": "'a' | 'b'" }));
    expectTypeOf(value).toEqualTypeOf<{ city: string; kind?: "a" | "b" }>();
  });

  it("infers the value from a pair of validator and JSON Schema", async () => {
    const validator = v.object({ city: v.string(), people: v.optional(v.number()) });
    const { value } = await parse(request, { validator, jsonSchema: toJsonSchema(validator) });
    expectTypeOf(value).toEqualTypeOf<{ city: string; people?: number | undefined }>();
  });

  it("gives unknown for a plain JSON Schema, written in place or typed as an interface", async () => {
    interface JSONSchema {
      type?: string;
      properties?: Record<string, JSONSchema>;
    }
    const typed: JSONSchema = { type: "object" };
    expectTypeOf((await parse(request, typed)).value).toBeUnknown();
    expectTypeOf((await parse(request, { type: "object", required: ["city"] })).value).toBeUnknown();
  });

  it("gives onPartial a draft of the schema's input, any part of which may be missing", () => {
    const schema = z.object({
      city: z.object({ name: z.string() }),
      people: z.string().transform(Number),
      tags: z.array(z.string()),
    });
    void parse(request, schema, {
      onPartial: (draft) => {
        expectTypeOf(draft).toEqualTypeOf<{ city?: { name?: string }; people?: string; tags?: string[] }>();
      },
    });
    void parse(request, schema, { onPartial: async () => {}, signal: undefined });
    void parse(request, schema, { onPartial: undefined });
  });

  it("refuses anything but a schema", () => {
    // @ts-expect-error Valibot's schemas do not carry their JSON Schema
    void parse(request, v.object({ city: v.string() }));
    // @ts-expect-error a string
    void parse(request, "object");
    // @ts-expect-error no schema
    void parse(request);
    // @ts-expect-error a misspelled option
    void parse(request, { type: "object" }, { onpartial: () => {} });
  });
});

describe("fallback", () => {
  const names = ["a/b", "c/d"] as const;

  it("gives what the call gives: a promise's value, or a stream", async () => {
    expectTypeOf(fallback(names, (model) => completion({ ...request, model }))).toEqualTypeOf<
      Promise<ChatCompletion>
    >();
    expectTypeOf(fallback(names, (model) => stream({ ...request, model }))).toEqualTypeOf<Promise<ChatStream>>();
    expectTypeOf(fallback(names, async (model) => stream({ ...request, model }))).toEqualTypeOf<Promise<ChatStream>>();
    expectTypeOf(fallback(names, (model) => collect(stream({ ...request, model })))).toEqualTypeOf<
      Promise<ChatCompletion>
    >();
  });

  it("gives onFallback the error and the model", () => {
    void fallback(
      names,
      async () => 1,
      (error, model) => {
        expectTypeOf(error).toEqualTypeOf<BasetenError>();
        expectTypeOf(model).toBeString();
      },
    );
    // @ts-expect-error a list of models
    void fallback("a/b", async () => 1);
  });
});

describe("models, cost, embed, wake and toReadableStream", () => {
  it("have these types", async () => {
    expectTypeOf(models).toEqualTypeOf<(options?: Options) => Promise<Model[]>>();
    expectTypeOf(wake).toEqualTypeOf<(model: string, options?: Options) => Promise<void>>();
    expectTypeOf(embed).returns.toEqualTypeOf<Promise<Embeddings>>();
    expectTypeOf(toReadableStream(stream(request))).toEqualTypeOf<ReadableStream<Uint8Array>>();
    const [model] = await models();
    expectTypeOf(model?.pricing?.prompt).toEqualTypeOf<number | undefined>();
    const { usage } = await completion(request);
    expectTypeOf(cost(usage, model?.pricing)).toEqualTypeOf<number | undefined>();
  });

  it("take what they say", () => {
    void embed({ model: "abcd1234", input: "a" });
    void embed({ model: "abcd1234", input: ["a"], dimensions: 2, encoding_format: "base64", truncate: true });
    void embed({ model: "abcd1234", input: [1, 2] });
    void embed({ model: "abcd1234", input: [[1], [2]] as const });
    // @ts-expect-error no input
    void embed({ model: "abcd1234" });
    // @ts-expect-error an array has nothing to wait for
    toReadableStream([]);
    // @ts-expect-error a price is a number
    cost(undefined, { prompt: "0.1" });
  });
});

describe("a BasetenError", () => {
  it("has what parse and embed add", () => {
    const error = {} as BasetenError;
    expectTypeOf(error.issues).toEqualTypeOf<readonly SchemaIssue[] | undefined>();
    expectTypeOf(error.embeddings).toEqualTypeOf<Embeddings | undefined>();
  });
});
