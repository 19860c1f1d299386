/**
 * A real HTTP/1.1 server on 127.0.0.1, written on a raw socket, since HTTP libraries are too polite to misbehave. Each
 * request is answered by a script: a list of bytes to send and things to do. Nothing here sleeps and hopes: a script
 * waits for a word from the test (`until`), the test waits for a promise (`gone`, `atMost`).
 */

import { type AddressInfo, createServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";

/** A time limit in ms within which even a busy machine reaches its server, and which is soon over. */
export const SHORT = 300;

/** A request as it arrived. */
export interface Received {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  /** The body as an object, `{}` if it is none. */
  json: Record<string, unknown>;
  /** Resolves when the connection that brought it is closed, by whichever side. */
  gone: Promise<void>;
}

/** What a script acts on. */
export interface Wire {
  socket: Socket;
  /** Whether bytes are sent as HTTP chunks; `head` sets it. */
  chunked: boolean;
  /** Sends bytes as they are, and waits until the socket has room or is closed. */
  send(bytes: string | Uint8Array): Promise<void>;
  /** Resolves when the test has said the word. */
  heard(word: string): Promise<void>;
  gone: Promise<void>;
}

/** Bytes of a body, framed as the head promised, or something to do. */
export type Step = string | Uint8Array | ((wire: Wire) => unknown);
export type Script = readonly Step[];
export type Answer = Script | ((received: Received) => Script);

/** A running server. */
export interface TestServer {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  /** All requests so far, but those to `/probe`, which are answered with 204 and the end of the connection. */
  requests: Received[];
  /** How many connections have ever been opened. */
  connections: number;
  /** Says a word to those who wait for it, now or later. The server itself says `request 1`, `request 2`, … */
  tell(word: string): void;
  /** Resolves when the word has been said. */
  heard(word: string): Promise<void>;
  /** Resolves when at most so many connections are open. */
  atMost(open: number): Promise<void>;
  /** Cuts all connections and stops. */
  close(): Promise<void>;
}

// -------------------------------------------------------------------------------------------------------------- steps

/** Status line and headers. `transfer-encoding: chunked` frames all that follows. */
export function head(status: number, headers: Record<string, string> = {}, reason = ""): Step {
  return (wire) => {
    wire.chunked = headers["transfer-encoding"] === "chunked";
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return wire.send(`HTTP/1.1 ${status} ${reason}\r\n${lines.join("")}\r\n`);
  };
}

/** The head of an event stream of unknown length. */
export function events(headers: Record<string, string> = {}): Step {
  return head(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked", ...headers });
}

/** A whole answer in one packet, with its length. */
export function whole(status: number, body: string | Uint8Array, headers: Record<string, string> = {}): Script {
  const bytes = Buffer.from(body);
  return [head(status, { "content-length": String(bytes.length), ...headers }), ...(bytes.length ? [bytes] : [])];
}

/** Bytes outside of any framing. */
export function raw(bytes: string | Uint8Array): Step {
  return (wire) => wire.send(bytes);
}

/** Bytes one at a time, each in its own turn of the event loop. */
export function drip(bytes: string | Uint8Array): Step {
  return async (wire) => {
    for (const byte of Buffer.from(bytes)) {
      await write(wire, Uint8Array.of(byte));
      await turn();
    }
  };
}

/** The same bytes again and again, as fast as they are taken, until the client leaves. */
export function endless(bytes: string | Uint8Array): Step {
  return async (wire) => {
    while (!wire.socket.destroyed) await write(wire, bytes);
  };
}

/** Waits for a word of the test. */
export function until(word: string): Step {
  return (wire) => wire.heard(word);
}

/** The proper end: of a chunked body its last chunk, of any other the end of the connection. */
export const end: Step = (wire) => (wire.chunked ? wire.send("0\r\n\r\n") : void wire.socket.end());

/** The server's half of the connection ends, in the middle or not. */
export const fin: Step = (wire) => void wire.socket.end();

/** The connection breaks: RST, not FIN. */
export const reset: Step = (wire) => void wire.socket.resetAndDestroy();

/** Nothing more, until the client leaves. */
export const stall: Step = (wire) => wire.gone;

// ------------------------------------------------------------------------------------------------------------- server

/** Starts a server that gives the first request the first answer, and so on; the last answer serves all others. */
export async function serve(...answers: Answer[]): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const words = latch();
  const closing = watchers();
  const listener = createServer((socket) => {
    sockets.add(socket);
    running.connections += 1;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    const gone = new Promise<void>((resolve) => socket.once("close", resolve));
    void gone.then(() => {
      sockets.delete(socket);
      closing.look();
    });
    converse(socket, gone, answer, words.heard);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const running: TestServer = {
    origin: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    requests: [],
    connections: 0,
    tell: words.tell,
    heard: words.heard,
    atMost: (open) => closing.until(() => sockets.size <= open),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  function answer(received: Received): Script {
    if (received.url === "/probe") return [head(204, { connection: "close" }), fin];
    words.tell(`request ${running.requests.push(received)}`);
    const turnOf = answers[Math.min(running.requests.length, answers.length) - 1] ?? [];
    return typeof turnOf === "function" ? turnOf(received) : turnOf;
  }
  return running;
}

/** Reads the requests of one connection and plays an answer to each. */
function converse(
  socket: Socket,
  gone: Promise<void>,
  answer: (received: Received) => Script,
  heard: (word: string) => Promise<void>,
): void {
  const wire: Wire = { socket, chunked: false, gone, heard, send: (bytes) => send(socket, bytes, gone) };
  let buffer = Buffer.alloc(0);
  let playing = Promise.resolve();
  socket.on("data", (bytes) => {
    buffer = Buffer.concat([buffer, bytes]);
    for (let parsed = parse(buffer, gone); parsed; parsed = parse(buffer, gone)) {
      buffer = buffer.subarray(parsed.length);
      const { received } = parsed;
      playing = playing.then(() => play(answer(received), wire));
    }
  });
}

async function play(script: Script, wire: Wire): Promise<void> {
  for (const step of script) {
    if (wire.socket.destroyed) return;
    await (typeof step === "function" ? Promise.race([step(wire), wire.gone]) : write(wire, step));
  }
}

function write(wire: Wire, bytes: string | Uint8Array): Promise<void> {
  if (!wire.chunked) return wire.send(bytes);
  const body = Buffer.from(bytes);
  return wire.send(Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]));
}

async function send(socket: Socket, bytes: string | Uint8Array, gone: Promise<void>): Promise<void> {
  if (socket.destroyed || socket.write(bytes)) return;
  await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), gone]);
}

/** The first whole request of the buffer, and how many bytes it took. */
function parse(buffer: Buffer, gone: Promise<void>): { received: Received; length: number } | undefined {
  const headEnd = buffer.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [first = "", ...lines] = buffer.toString("latin1", 0, headEnd).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const length = headEnd + 4 + Number(headers["content-length"] ?? 0);
  if (buffer.length < length) return undefined;
  const [method = "", url = ""] = first.split(" ");
  const body = buffer.toString("utf8", headEnd + 4, length);
  return { length, received: { method, url, headers, body, json: object(body), gone } };
}

function object(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}

// ------------------------------------------------------------------------------------------------------------- waiting

/** Words that have been said, and promises for those that have not. */
export function latch(): { tell: (word: string) => void; heard: (word: string) => Promise<void> } {
  const said = new Set<string>();
  const waiting = watchers();
  return {
    tell(word) {
      said.add(word);
      waiting.look();
    },
    heard: (word) => waiting.until(() => said.has(word)),
  };
}

/** Promises for conditions, looked at again whenever something has changed. */
function watchers(): { look: () => void; until: (condition: () => boolean) => Promise<void> } {
  const waiting = new Set<() => void>();
  return {
    look() {
      for (const check of [...waiting]) check();
    },
    until: (condition) =>
      new Promise((resolve) => {
        const check = () => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}
