/**
 * Scripts of HTTP responses for the test server: a list of bytes to send and steps to run. No step sleeps: a script waits
 * for an event of the test (`waitForEvent`), and the test waits for the server (`closed`, `waitForOpenConnections`).
 */

import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ReceivedRequest } from "./http-request.js";
import { completionBody, FINISH_EVENTS, HELLO_EVENTS } from "./wire-chunks.js";

/** A connection that a script runs on. */
export interface ServerConnection {
  socket: Socket;
  /** Whether the body is sent in HTTP chunks; set by `responseHead`. */
  chunked: boolean;
  /** Sends bytes as they are, and waits until the socket has room or is closed. */
  send(bytes: string | Uint8Array): Promise<void>;
  /** Sends bytes of the body, framed as the head promised. */
  sendBody(bytes: string | Uint8Array): Promise<void>;
  /** Resolves when the test has emitted the event. */
  waitFor(event: string): Promise<void>;
  closed: Promise<void>;
}

/** Bytes of a body, or a function to run. */
export type Step = string | Uint8Array | ((connection: ServerConnection) => unknown);
export type ResponseScript = readonly Step[];
export type ScriptedResponse = ResponseScript | ((received: ReceivedRequest) => ResponseScript);

/** A step: the status line and headers. With `transfer-encoding: chunked` the body is sent in HTTP chunks. */
export function responseHead(status: number, headers: Record<string, string> = {}, reason = ""): Step {
  return (connection) => {
    connection.chunked = headers["transfer-encoding"] === "chunked";
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return connection.send(`HTTP/1.1 ${status} ${reason}\r\n${lines.join("")}\r\n`);
  };
}

/** A step: the head of an event stream. */
export function sseHead(headers: Record<string, string> = {}): Step {
  return responseHead(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked", ...headers });
}

/** A step: bytes without HTTP chunk framing. */
export function rawBytes(bytes: string | Uint8Array): Step {
  return (connection) => connection.send(bytes);
}

/** A step: the bytes one at a time, each in its own turn of the event loop. */
export function byteByByte(bytes: string | Uint8Array): Step {
  return async (connection) => {
    for (const byte of Buffer.from(bytes)) {
      await connection.sendBody(Uint8Array.of(byte));
      await nextTurn();
    }
  };
}

/** A step: the same bytes again and again, as fast as the client reads, until it closes the connection. */
export function repeatUntilClosed(bytes: string | Uint8Array): Step {
  return async (connection) => {
    while (!connection.socket.destroyed) await connection.sendBody(bytes);
  };
}

/** A step: waits until the test has emitted the event. */
export function waitForEvent(event: string): Step {
  return (connection) => connection.waitFor(event);
}

/** A step: ends the body properly, with the last HTTP chunk or, if it is not chunked, with the connection. */
export const endBody: Step = (connection) =>
  connection.chunked ? connection.send("0\r\n\r\n") : void connection.socket.end();

/** A step: ends the server's side of the connection (FIN), wherever the body stands. */
export const endSocket: Step = (connection) => void connection.socket.end();

/** A step: breaks the connection (RST). */
export const resetSocket: Step = (connection) => void connection.socket.resetAndDestroy();

/** A step: sends nothing more until the client closes the connection. */
export const stall: Step = (connection) => connection.closed;

/** A whole response in one packet, with its content-length. */
export function httpResponse(
  status: number,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): ResponseScript {
  const bytes = Buffer.from(body);
  const head = responseHead(status, { "content-length": String(bytes.length), ...headers });
  return bytes.length > 0 ? [head, bytes] : [head];
}

/** A whole response with a JSON body. */
export function httpJsonResponse(status: number, body: unknown, headers: Record<string, string> = {}): ResponseScript {
  return httpResponse(status, JSON.stringify(body), { "content-type": "application/json", ...headers });
}

/** An event stream of these bytes that ends properly. */
export function httpSseResponse(...body: ResponseScript): ResponseScript {
  return [sseHead(), ...body, endBody];
}

/** Answers "Hello", streamed or not, as the request asks. */
export const httpHelloResponse: ScriptedResponse = ({ json: { stream } }) =>
  stream ? httpSseResponse(HELLO_EVENTS + FINISH_EVENTS) : httpJsonResponse(200, completionBody("Hello"));
