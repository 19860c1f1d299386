/**
 * A real HTTP/1.1 server on 127.0.0.1, written on a raw socket, since an HTTP library refuses to send a broken response.
 * It answers each request by a script (see http-response.ts).
 */

import { type AddressInfo, createServer, type Socket } from "node:net";
import { parseRequest, type ReceivedRequest } from "./http-request.js";
import {
  endSocket,
  type ResponseScript,
  responseHead,
  type ScriptedResponse,
  type ServerConnection,
} from "./http-response.js";
import { createConditions, createLatch, type Latch } from "./latch.js";

/** A time limit in ms that is long enough for a busy machine to reach its server, and short enough to wait for. */
export const SHORT_TIMEOUT_MS = 300;

/** A running server. As a latch it emits `request 1`, `request 2`, … itself, and what else the test emits. */
export interface TestServer extends Latch {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  /** All requests so far, except those to `/probe`, which are answered with 204 and the end of the connection. */
  requests: ReceivedRequest[];
  /** How many connections have ever been opened. */
  openedConnections: number;
  /** Resolves when at most so many connections are open. */
  waitForOpenConnections(maximum: number): Promise<void>;
  /** Closes all connections and stops. */
  close(): Promise<void>;
}

/** Starts a server that uses these responses in turn; the last one serves all further requests. */
export async function startServer(...responses: ScriptedResponse[]): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const latch = createLatch();
  const socketCount = createConditions();
  const listener = createServer((socket) => {
    sockets.add(socket);
    server.openedConnections += 1;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    const closed = new Promise<void>((resolve) => socket.once("close", resolve));
    void closed.then(() => {
      sockets.delete(socket);
      socketCount.recheck();
    });
    handleConnection(createConnection(socket, closed, latch), scriptFor);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const server: TestServer = {
    ...latch,
    origin: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    requests: [],
    openedConnections: 0,
    waitForOpenConnections: (maximum) => socketCount.waitUntil(() => sockets.size <= maximum),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  function scriptFor(received: ReceivedRequest): ResponseScript {
    if (received.url === "/probe") return [responseHead(204, { connection: "close" }), endSocket];
    latch.emit(`request ${server.requests.push(received)}`);
    const response = responses[Math.min(server.requests.length, responses.length) - 1] ?? [];
    return typeof response === "function" ? response(received) : response;
  }
  return server;
}

function createConnection(socket: Socket, closed: Promise<void>, latch: Latch): ServerConnection {
  async function send(bytes: string | Uint8Array): Promise<void> {
    if (socket.destroyed || socket.write(bytes)) return;
    await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed]);
  }
  const connection: ServerConnection = {
    socket,
    chunked: false,
    closed,
    waitFor: latch.waitFor,
    send,
    sendBody: (bytes) => send(connection.chunked ? toHttpChunk(bytes) : bytes),
  };
  return connection;
}

function toHttpChunk(bytes: string | Uint8Array): Uint8Array {
  const body = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]);
}

/** Reads the requests of one connection and runs a script for each, one after the other. */
function handleConnection(
  connection: ServerConnection,
  scriptFor: (received: ReceivedRequest) => ResponseScript,
): void {
  let buffer = Buffer.alloc(0);
  let running = Promise.resolve();
  const parse = () => parseRequest(buffer, connection.closed);
  connection.socket.on("data", (bytes) => {
    buffer = Buffer.concat([buffer, bytes]);
    for (let parsed = parse(); parsed; parsed = parse()) {
      buffer = buffer.subarray(parsed.length);
      const { received } = parsed;
      running = running.then(() => runScript(scriptFor(received), connection));
    }
  });
}

async function runScript(script: ResponseScript, connection: ServerConnection): Promise<void> {
  for (const step of script) {
    if (connection.socket.destroyed) return;
    const running = typeof step === "function" ? step(connection) : connection.sendBody(step);
    await Promise.race([running, connection.closed]);
  }
}
