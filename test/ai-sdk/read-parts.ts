/** Sources of UI message streams, and the parts that come out. */

import { toUIMessageStream, type UIMessageChunk } from "../../src/ai-sdk/index.js";
import type { ChatCompletionChunk, Delta, ToolCall, ToolEvent } from "../../src/index.js";
import { chunk } from "../helpers/wire-chunks.js";

type Item = ChatCompletionChunk | ToolEvent;

/** A source of these items; an Error is thrown. */
export async function* sourceOf(...items: unknown[]): AsyncGenerator<Item> {
  for (const item of items) {
    if (item instanceof Error) throw item;
    yield item as Item;
  }
}

/** A chunk with this delta for the first choice. */
export function deltaChunk(delta: Delta | object, finish_reason: string | null = null): object {
  return chunk([{ index: 0, delta, finish_reason }]);
}

/** A chunk with these entries of `delta.tool_calls`. */
export function toolChunk(...tool_calls: object[]): object {
  return deltaChunk({ tool_calls });
}

export function toolCall(id: string, name: string, args = "{}"): ToolCall {
  return { id, type: "function", function: { name, arguments: args } };
}

/** Reads a stream to its end. */
export async function readAll<T>(stream: ReadableStream<T>): Promise<T[]> {
  const reader = stream.getReader();
  const all: T[] = [];
  for (let step = await reader.read(); !step.done; step = await reader.read()) all.push(step.value);
  return all;
}

/** The parts of a message made of these items. */
export function readParts(...items: unknown[]): Promise<UIMessageChunk[]> {
  return readAll(toUIMessageStream(sourceOf(...items)));
}

/** The parts between the first `start-step` and the last `finish-step`. */
export async function readStepParts(...items: unknown[]): Promise<UIMessageChunk[]> {
  const parts = await readParts(...items);
  const types = parts.map(({ type }) => type);
  return parts.slice(types.indexOf("start-step") + 1, types.lastIndexOf("finish-step"));
}
