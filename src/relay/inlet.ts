import { problem } from "./problem.js";

/**
 * The body of a request, read a piece at a time by whoever wants it: first by `authorize`, if it does, then by the
 * relay, for which everything is kept. However it is read, it is never read past the cap.
 * @internal
 */
export interface Inlet {
  /**
   * The next bytes, or `undefined` at the end.
   * @throws {BasetenError} 413 past the cap
   */
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** What has been read. */
  kept: Uint8Array<ArrayBuffer>[];
}

/**
 * Nothing is touched before the first read: a body that nobody wants stays the server's to drop.
 * @param most - the cap, in bytes
 * @internal
 */
export function openInlet(request: Request, most: number): Inlet {
  const kept: Inlet["kept"] = [];
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  let size = 0;
  const read: Inlet["read"] = async () => {
    reader ??= request.body?.getReader();
    const { value } = (size > most ? undefined : await reader?.read()) ?? {};
    size += value?.byteLength ?? 0;
    if (size > most) {
      reader?.cancel().catch(() => {});
      throw problem(413, `the body is over ${most} bytes`, { code: "body_too_large" });
    }
    if (value) kept.push(value);
    return value;
  };
  return { read, kept };
}

/**
 * The same request for `authorize`, which may read its body and takes nothing away by that.
 * @internal
 */
export function forAuthorize(request: Request, inlet: Inlet): Request {
  const { url, method, headers, signal } = request;
  if (method === "GET") return request;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await inlet.read();
        if (bytes) controller.enqueue(bytes.slice());
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  // The runtimes insist that a stream is said to be one.
  const init: RequestInit & { duplex: "half" } = { method, headers, signal, body, duplex: "half" };
  return new Request(url, init);
}

/**
 * The whole body as text.
 * @internal
 */
export async function textOf({ read, kept }: Inlet): Promise<string> {
  while (await read());
  const utf8 = new TextDecoder();
  return kept.map((bytes) => utf8.decode(bytes, { stream: true })).join("") + utf8.decode();
}
