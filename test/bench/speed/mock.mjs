/** A `fetch` inside the process. Its bodies are byte streams that are pulled, as a real one's are. */

const headers = { "content-type": "text/event-stream" };

/**
 * @param {() => Uint8Array | undefined | Promise<undefined>} pullBytes The bytes of the next read, whose buffer a byte stream
 * detaches; `undefined` at the end, a promise that never settles for a server that falls silent.
 * @returns {typeof globalThis.fetch}
 */
export function createFetch(pullBytes) {
  const pull = (controller) => {
    const bytes = pullBytes();
    if (bytes instanceof Promise) return bytes;
    return bytes ? controller.enqueue(bytes) : controller.close();
  };
  return async () => new Response(new ReadableStream({ type: "bytes", pull }), { headers });
}

/** A `fetch` for one call, whose body gives copies of these reads. @param {Uint8Array[]} reads @returns {typeof globalThis.fetch} */
export function replay(reads) {
  const copies = reads.map((bytes) => bytes.slice()).values();
  return createFetch(() => copies.next().value);
}
