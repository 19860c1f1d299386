/** Calls a test server by `completion`, `stream` or `collect`, and keeps what the caller got. */

import { BasetenError, type ChatCompletionChunk, collect, completion, type Options, stream } from "../../src/index.js";
import { API_KEY, REQUEST } from "../helpers/requests.js";
import type { TestServer } from "../helpers/server.js";

export type CallKind = "completion" | "stream" | "collect";
export const ALL_CALLS: readonly CallKind[] = ["completion", "stream", "collect"];
export const STREAMED_CALLS: readonly CallKind[] = ["stream", "collect"];
export const NON_STREAMED: readonly CallKind[] = ["completion"];

/** What the caller got. */
export interface CallResult {
  /** The content of choice 0. */
  text: string;
  chunks: ChatCompletionChunk[];
  value?: unknown;
  error?: unknown;
  failed: boolean;
}

/** How a call is made. */
export interface CallSettings {
  /** Fields to add to the request. */
  request?: Record<string, unknown>;
  /** `stream` only: leave the loop at this chunk, counted from 1. */
  breakAtChunk?: number;
}

/** Options of a call to this server. `emit("headers")` is called when the headers of a response have come. */
export function serverOptions(server: TestServer, emit: (event: string) => void = server.emit): Options {
  return {
    baseURL: `${server.origin}/v1`,
    apiKey: API_KEY,
    fetch: async (input, init) => {
      const response = await globalThis.fetch(input, init);
      emit("headers");
      return response;
    },
  };
}

/** Makes one call and returns its result, failed or not. `emit` is called with "chunk 1", "chunk 2", … as they are delivered. */
export async function callAndCatch(
  kind: CallKind,
  settings: CallSettings,
  options: Options,
  emit: (event: string) => void,
): Promise<CallResult> {
  const result: CallResult = { text: "", chunks: [], failed: false };
  try {
    await performCall(kind, settings, result, options, emit);
  } catch (error) {
    result.failed = true;
    result.error = error;
    if (kind === "collect" && error instanceof BasetenError) result.text = contentOf(error.partial);
  }
  return result;
}

async function performCall(
  kind: CallKind,
  settings: CallSettings,
  result: CallResult,
  options: Options,
  emit: (event: string) => void,
): Promise<void> {
  const request = { ...REQUEST, ...settings.request };
  const chunks = (): AsyncGenerator<ChatCompletionChunk> => recordChunks(stream(request, options), result.chunks, emit);
  if (kind === "stream") {
    for await (const chunk of chunks()) {
      result.text += chunk.choices.find(({ index }) => index === 0)?.delta.content ?? "";
      if (result.chunks.length === settings.breakAtChunk) break;
    }
  } else {
    result.value = await (kind === "collect" ? collect(chunks()) : completion(request, options));
    result.text = contentOf(result.value);
  }
}

/** Yields the chunks unchanged, after it has recorded each. */
async function* recordChunks(
  chunks: AsyncIterable<ChatCompletionChunk>,
  recorded: ChatCompletionChunk[],
  emit: (event: string) => void,
): AsyncGenerator<ChatCompletionChunk> {
  for await (const chunk of chunks) {
    recorded.push(chunk);
    emit(`chunk ${recorded.length}`);
    yield chunk;
  }
}

function contentOf(completion: unknown): string {
  const { choices } = (completion ?? {}) as { choices?: { message?: { content?: string | null } }[] };
  return choices?.[0]?.message?.content ?? "";
}
