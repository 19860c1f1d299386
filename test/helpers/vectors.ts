/** Streams as servers send them: the files of `test/vectors/streams`, replayed by a fetch. */

import { readdirSync, readFileSync } from "node:fs";
import { type ChatCompletionChunk, stream } from "../../src/index.js";
import { type BodyPiece, type RecordedFetch, recordedFetch, sseResponse } from "./recorded-fetch.js";
import { MODEL_SLUG, messages, singleAttempt } from "./requests.js";

const folder = new URL("../vectors/streams/", import.meta.url);

/** The names of all streams. */
export function listVectors(): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".sse"));
  return files.map((file) => file.slice(0, -".sse".length));
}

/** Reads the bytes of `test/vectors/streams/<name>.sse`. */
export function readVector(name: string): Uint8Array {
  return readFileSync(new URL(`${name}.sse`, folder));
}

/** Reads the completion that a stream adds up to: `test/vectors/streams/<name>.json`. */
export function readVectorCompletion(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
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
