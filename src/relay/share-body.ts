import type { BufferedBody } from "./buffered-body.ts";

function toStream(body: BufferedBody): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(controller) {
        const bytes = await body.bytes();
        // A copy: the reader may write into it.
        if (bytes.length > 0) controller.enqueue(bytes.slice());
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A request of the platform's own with the same body, for libraries that take nothing else. */
function cloneRequest({ url, method, headers, signal }: Request, body: BufferedBody): Request {
  // The Fetch standard demands `duplex` with a stream.
  const init: RequestInit & { duplex: "half" } = { method, headers, signal, body: toStream(body), duplex: "half" };
  return new Request(url, init);
}

/**
 * Lets `authorize` read the body of a request without taking it away from the relay: what it reads is buffered. The request
 * is changed, not copied: servers look requests up by identity (Bun's `requestIP`), and a copy is expensive.
 */
export function shareBody(request: Request, body: BufferedBody): void {
  const copy = async () => (await body.bytes()).slice();
  const reads: Partial<Record<keyof Request, () => Promise<unknown>>> = {
    text: () => body.text(),
    json: async () => JSON.parse(await body.text()),
    bytes: copy,
    arrayBuffer: async () => (await copy()).buffer,
    blob: async () => new Blob([await copy()], { type: request.headers.get("content-type") ?? "" }),
    formData: async () => new Response(await copy(), { headers: request.headers }).formData(),
  };
  for (const [name, read] of Object.entries(reads)) {
    const value = () => {
      const promise = read();
      // `authorize` may never wait for it.
      promise.catch(() => {});
      return promise;
    };
    Object.defineProperty(request, name, { value, configurable: true });
  }
  Object.defineProperty(request, "clone", { value: () => cloneRequest(request, body), configurable: true });
  Object.defineProperty(request, "body", { get: () => toStream(body), configurable: true });
  Object.defineProperty(request, "bodyUsed", { value: false, configurable: true });
}
