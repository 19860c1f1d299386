/** A `fetch` in the process. Its bodies are byte streams that are read as they are asked for, as a real one's are. */

const headers = { "content-type": "text/event-stream" };

/**
 * @param {() => Uint8Array | undefined | Promise<undefined>} next The bytes of the next read, which a byte stream takes
 * away; `undefined` at the end, a promise that never settles for a server that falls silent.
 * @returns {typeof globalThis.fetch}
 */
export function fetchOf(next) {
  const pull = (controller) => {
    const bytes = next();
    if (bytes instanceof Promise) return bytes;
    return bytes ? controller.enqueue(bytes) : controller.close();
  };
  return async () => new Response(new ReadableStream({ type: "bytes", pull }), { headers });
}

/** A `fetch` for one call, that gives copies of these reads. @param {Uint8Array[]} reads @returns {typeof globalThis.fetch} */
export function replay(reads) {
  const copies = reads.map((bytes) => bytes.slice()).values();
  return fetchOf(() => copies.next().value);
}
