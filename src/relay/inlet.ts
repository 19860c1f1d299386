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
 * @param most - the cap, in bytes
 * @internal
 */
export function openInlet({ body, bodyUsed }: Request, most: number): Inlet {
  if (bodyUsed) throw problem(500, "the body of the request was read before it came to the relay");
  const reader = body?.getReader();
  const kept: Inlet["kept"] = [];
  let size = 0;
  const read: Inlet["read"] = async () => {
    const { done = true, value } = size > most ? {} : ((await reader?.read()) ?? {});
    if (value) {
      size += value.byteLength;
      kept.push(value);
    }
    if (size <= most) return done ? undefined : value;
    kept.length = 0;
    throw problem(413, `the body is over ${most} bytes`, { code: "body_too_large" });
  };
  return { read, kept };
}

/**
 * The same request for `authorize`, which may read its body and takes nothing away by that.
 * @internal
 */
export function forAuthorize(request: Request, inlet: Inlet): Request {
  if (!request.body) return request;
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
  const { url, method, headers, signal } = request;
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
