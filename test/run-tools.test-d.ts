import { toJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type RunToolsOptions,
  runTools,
  type ToolCall,
  type ToolContext,
  type ToolDefinition,
  type ToolErrorEvent,
  type ToolEvent,
  type ToolResultEvent,
} from "../src/index.js";

const request = { model: "baseten/openai/gpt-oss-120b", messages: [{ role: "user" as const, content: "Hello" }] };
const weather = v.object({ city: v.string() });

describe("runTools", () => {
  it("returns a generator of events, whose return value is the last completion", () => {
    const events = runTools(request, {});
    expectTypeOf(events).toEqualTypeOf<AsyncGenerator<ToolEvent, ChatCompletion, undefined>>();
    expectTypeOf(runTools).parameter(2).toEqualTypeOf<RunToolsOptions | undefined>();
    runTools(request, {}, { maxSteps: undefined, signal: undefined });
    // @ts-expect-error a misspelled option
    runTools(request, {}, { maxsteps: 3 });
  });

  it("infers the arguments of each tool from its schema", () => {
    runTools(request, {
      zod: {
        parameters: z.object({ city: z.string(), days: z.string().transform(Number), unit: z.string().optional() }),
        execute: (args, context) => {
          expectTypeOf(args).toEqualTypeOf<{ city: string; days: number; unit?: string | undefined }>();
          expectTypeOf(context).toEqualTypeOf<ToolContext>();
        },
      },
      arktype: {
        parameters: type({ city: "string", "unit?": "'C' | 'F'" }),
        execute: async (args) => expectTypeOf(args).toEqualTypeOf<{ city: string; unit?: "C" | "F" }>(),
      },
      valibot: {
        parameters: { validator: weather, jsonSchema: toJsonSchema(weather) },
        execute: (args) => expectTypeOf(args).toEqualTypeOf<{ city: string }>(),
      },
      plain: {
        parameters: { type: "object", properties: { city: { type: "string" } } },
        execute: (args) => expectTypeOf(args).toBeUnknown(),
      },
      pending: { description: undefined, parameters: z.object({}), execute: undefined },
    });
  });

  it("takes tools that were declared before", () => {
    const declared = { parameters: z.object({ city: z.string() }), execute: ({ city }: { city: string }) => city };
    const typed: ToolDefinition<{ city: string }> = declared;
    runTools(request, { declared, typed });
  });

  it("refuses wrong tools", () => {
    // @ts-expect-error a Valibot schema does not carry its JSON Schema
    runTools(request, { weather: { parameters: weather } });
    // @ts-expect-error no parameters
    runTools(request, { weather: { execute: () => "" } });
    // @ts-expect-error a function that wants other arguments
    runTools(request, { weather: { parameters: z.object({ city: z.string() }), execute: (n: number) => n } });
    // @ts-expect-error a misspelled field
    runTools(request, { weather: { parameters: {}, exec: () => "" } });
  });

  it("has events that are told apart by their type", () => {
    expectTypeOf<Extract<ToolEvent, { type: "chunk" }>["chunk"]>().toEqualTypeOf<ChatCompletionChunk>();
    expectTypeOf<Extract<ToolEvent, { type: "tool-call" }>["call"]>().toEqualTypeOf<ToolCall>();
    expectTypeOf<Extract<ToolEvent, { error: unknown }>>().toEqualTypeOf<ToolErrorEvent>();
    expectTypeOf<Extract<ToolEvent, { result: unknown }>>().toEqualTypeOf<ToolResultEvent>();
    expectTypeOf<Extract<ToolEvent, { type: "finish" }>["pending"]>().toEqualTypeOf<ToolCall[]>();
  });

  it("finishes with messages that are the next request's", async () => {
    for await (const event of runTools(request, {})) {
      if (event.type === "finish") runTools({ ...request, messages: event.messages }, {});
    }
  });
});
