/** Streams as servers send them: the files of `test/vectors/streams`. */

import { readdirSync, readFileSync } from "node:fs";

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
