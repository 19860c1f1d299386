/** Recorded streams: files that hold what a server sent, byte by byte, played back by a fetch. */

import { readFileSync } from "node:fs";
import { type ChatCompletionChunk, stream } from "../../src/index.js";
import { messages, once, SLUG } from "./ask.js";
import { type Fake, fake, type Piece, replies } from "./fake.js";

/** The bytes of `test/vectors/<name>.chunks.txt`. */
export function recorded(name: string): Uint8Array {
  return readFileSync(new URL(`../vectors/${name}.chunks.txt`, import.meta.url));
}

/** A fetch that plays these pieces back, one a read. */
export function player(pieces: Iterable<Piece>, init: ResponseInit = {}): Fake {
  return fake(replies(pieces, init));
}

/** The chunks of a stream that these pieces are the body of. */
export async function chunksOf(pieces: Iterable<Piece>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream({ model: SLUG, messages }, once(player(pieces)))) chunks.push(chunk);
  return chunks;
}
