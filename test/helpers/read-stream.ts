/** Reads a stream to its end, or to its error. */

import { type ChatCompletionChunk, type Options, stream } from "../../src/index.js";
import { replayFetch, type ScriptedPiece } from "./recorded-fetch.js";
import { MODEL_SLUG, messages, singleAttempt } from "./requests.js";

/** Returns the chunks of a stream whose body is these pieces, and the error that ended it, if any. */
export async function readStream(
  pieces: Iterable<ScriptedPiece>,
  options: Options = {},
): Promise<{ chunks: ChatCompletionChunk[]; error?: unknown }> {
  const chunks: ChatCompletionChunk[] = [];
  try {
    const all = stream({ model: MODEL_SLUG, messages }, singleAttempt(replayFetch(pieces), options));
    for await (const chunk of all) chunks.push(chunk);
  } catch (error) {
    return { chunks, error };
  }
  return { chunks };
}

/** Returns the chunks of a stream whose body is these pieces. Rejects if the stream does. */
export async function readChunks(pieces: Iterable<ScriptedPiece>): Promise<ChatCompletionChunk[]> {
  const { chunks, error } = await readStream(pieces);
  if (error !== undefined) throw error;
  return chunks;
}

/** Joins the content of the first choice of each chunk. */
export function joinContent(chunks: readonly ChatCompletionChunk[]): string {
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
}
