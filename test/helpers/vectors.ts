/** Recorded streams: the files of `test/vectors`, which hold what a server sent byte by byte, replayed by a fetch. */

import { readFileSync } from "node:fs";
import { type ChatCompletionChunk, stream } from "../../src/index.js";
import { type BodyPiece, type RecordedFetch, recordedFetch, sseResponse } from "./recorded-fetch.js";
import { MODEL_SLUG, messages, singleAttempt } from "./requests.js";

/** Reads the bytes of `test/vectors/<name>.chunks.txt`. */
export function readVector(name: string): Uint8Array {
  return readFileSync(new URL(`../vectors/${name}.chunks.txt`, import.meta.url));
}

/** A fetch whose response body is these pieces, one per read. */
export function replayFetch(pieces: Iterable<BodyPiece>, init: ResponseInit = {}): RecordedFetch {
  return recordedFetch(sseResponse(pieces, init));
}

/** Returns the chunks that `stream` yields for a body of these pieces. */
export async function readChunks(pieces: Iterable<BodyPiece>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  const options = singleAttempt(replayFetch(pieces));
  for await (const chunk of stream({ model: MODEL_SLUG, messages }, options)) chunks.push(chunk);
  return chunks;
}
