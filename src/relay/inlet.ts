import type { BasetenError } from "../error.ts";
import { isProblem, problem } from "./problem.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * The body of a request, read a piece at a time by whoever wants it: first by `authorize`, if it does, then by the
 * relay, for which everything is kept. Whoever reads, it is never read past the cap.
 * @internal
 */
export interface Inlet {
  /**
   * The next bytes, or `undefined` at the end.
   * @throws {BasetenError} `failure`
   */
  read(): Promise<Bytes | undefined>;
  /** Gives up what is unread. */
  cancel(): void;
  /** What has been read. */
  kept: Bytes[];
  /** Why no more is read: 413 past the cap, 400 if the body broke off, 500 if it was read before. */
  failure: BasetenError | undefined;
}

/** Firefox gives a request no body to read as it comes, only the whole. */
async function streamOf(request: Request): Promise<ReadableStream<Bytes> | null> {
  return request.body === undefined ? new Response(await request.arrayBuffer()).body : request.body;
}

/**
 * Touches nothing before the first read: a body that nobody wants is the server's to drop.
 * @param most - the cap, in bytes
 * @internal
 */
export function openInlet(request: Request, most: number): Inlet {
  let reader: ReadableStreamDefaultReader<Bytes> | undefined;
  let size = 0;
  // A body that is broken already has nothing to give up.
  const cancel = (): void => void reader?.cancel().catch(() => {});
  const inlet: Inlet = { read, cancel, kept: [], failure: undefined };
  async function next(): Promise<Bytes | undefined> {
    if (!reader && request.bodyUsed) throw problem(500, "the body was read before it came to the relay");
    reader ??= (await streamOf(request))?.getReader();
    const step = await reader?.read();
    size += step?.value?.byteLength ?? 0;
    if (size <= most) return step?.value;
    cancel();
    throw problem(413, `the body is over ${most} bytes`, { code: "body_too_large" });
  }
  async function read(): Promise<Bytes | undefined> {
    if (inlet.failure) throw inlet.failure;
    try {
      const bytes = await next();
      if (bytes) inlet.kept.push(bytes);
      return bytes;
    } catch (error) {
      inlet.failure = isProblem(error) ? error : problem(400, "the body broke off", { code: "body_broken" });
      throw inlet.failure;
    }
  }
  return inlet;
}

/**
 * The same request for `authorize`, which may read its body and takes nothing away by that.
 * @internal
 */
export function forAuthorize(request: Request, inlet: Inlet): Request {
  const { url, method, headers, signal } = request;
  if (method === "GET") return request;
  // Firefox takes no stream for a body either.
  if (request.body === undefined) return request.clone();
  const body = new ReadableStream<Bytes>(
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
 * @throws {BasetenError} the inlet's `failure`
 * @internal
 */
export async function textOf({ read, kept }: Inlet): Promise<string> {
  while (await read());
  const utf8 = new TextDecoder();
  return kept.map((bytes) => utf8.decode(bytes, { stream: true })).join("") + utf8.decode();
}
