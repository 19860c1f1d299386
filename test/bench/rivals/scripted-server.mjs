/**
 * A raw-socket HTTP/1.1 server on loopback that plays one script for each request. HTTP libraries refuse to send most of
 * what these scripts need.
 *
 * @typedef {string | Buffer | symbol} Step Bytes to send, or one of the actions below.
 * @typedef {object} Script
 * @property {number} [status] Default 200.
 * @property {Record<string, string>} [headers] Default: an event stream.
 * @property {number} [retryAfter] The seconds of a `Retry-After` header.
 * @property {boolean} [redirect] Whether a `location` header names another origin.
 * @property {Step[]} steps Played in order with a short pause between them, so that each arrives as a read of its own.
 *
 * @typedef {object} ServerLog What the server knows afterwards.
 * @property {number} requests
 * @property {boolean} key Whether a request contained the key.
 * @property {boolean} prompt Whether a request contained the prompt.
 * @property {number} flooded Bytes that `flood` has sent.
 * @property {boolean} closed Whether the client closed the connection before the script was over.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Ends the body with the last chunk of the chunked encoding. */
export const end = Symbol("end");
/** Breaks the connection with a RST. */
export const reset = Symbol("reset");
/** Sends nothing more and keeps the connection open. */
export const stall = Symbol("stall");
/** Sends the step before it again every 20 ms, until the client closes the connection. */
export const drip = Symbol("drip");
/** Sends the step before it again as fast as the connection takes it, at most `FLOOD_BYTES`. */
export const flood = Symbol("flood");

export const KEY = "key-that-nobody-else-may-see";
export const PROMPT = "a prompt that nobody else may see";

/** The pause between two steps. */
const PAUSE_MS = 20;
export const FLOOD_BYTES = 128 * 2 ** 20;

/** @param {string | Buffer} bytes One chunk of the chunked encoding. */
function encodeChunk(bytes) {
  const body = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]);
}

/** @param {Script} script @param {string} otherOrigin */
function encodeHead(script, otherOrigin) {
  const { status = 200, headers = { "content-type": "text/event-stream" }, retryAfter, redirect } = script;
  const fields = { ...headers, "transfer-encoding": "chunked", connection: "close" };
  if (retryAfter) fields["retry-after"] = String(retryAfter);
  if (redirect) fields.location = `${otherOrigin}/v1/chat/completions`;
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Scripted\r\n${lines.join("")}\r\n`;
}

/** Whether a whole request has arrived, body included. @param {string} text */
function isComplete(text) {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, headEnd));
  return length ? text.length - headEnd - 4 >= Number(length[1]) : text.endsWith("0\r\n\r\n");
}

/** @param {import("node:net").Socket} socket @param {Buffer} bytes @param {ServerLog} log */
async function floodSocket(socket, bytes, log) {
  while (!socket.destroyed && log.flooded < FLOOD_BYTES) {
    if (!socket.write(bytes)) await once(socket, "drain");
    log.flooded += bytes.length;
  }
}

/** Plays one step. `previous` is the step before it, which `drip` and `flood` repeat. */
async function playStep(socket, step, previous, log) {
  if (step === end) return socket.end("0\r\n\r\n");
  if (step === reset) return socket.resetAndDestroy();
  if (step === flood) {
    const block = Buffer.concat(Array(Math.ceil(65_536 / previous.length)).fill(Buffer.from(previous)));
    return floodSocket(socket, encodeChunk(block), log);
  }
  if (step === drip) while (!socket.destroyed) await sleep(PAUSE_MS).then(() => socket.write(encodeChunk(previous)));
  if (typeof step !== "symbol") socket.write(encodeChunk(step));
}

/** @param {import("node:net").Socket} socket @param {Script} script @param {string} otherOrigin @param {ServerLog} log */
async function playScript(socket, script, otherOrigin, log) {
  let over = false;
  socket.once("close", () => {
    log.closed ||= !over;
  });
  socket.write(encodeHead(script, otherOrigin));
  for (const [index, step] of script.steps.entries()) {
    await sleep(PAUSE_MS);
    over = step === end || step === reset;
    await playStep(socket, step, script.steps[index - 1], log);
  }
}

/**
 * Starts a server that plays the same script for every request, one request per connection.
 *
 * @param {Script} script
 * @param {string} [otherOrigin] Where a redirect leads.
 */
export async function startServer(script, otherOrigin = "") {
  /** @type {ServerLog} */
  const log = { requests: 0, key: false, prompt: false, flooded: 0, closed: false };
  const sockets = new Set();
  const server = createServer({ noDelay: true }, (socket) => {
    let text = "";
    sockets.add(socket.on("error", () => {}));
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (!isComplete(text)) return;
      log.requests += 1;
      log.key ||= text.includes(KEY);
      log.prompt ||= text.includes(PROMPT);
      text = "";
      // Waiting for "drain" rejects if the client closes the connection meanwhile.
      playScript(socket, script, otherOrigin, log).catch(() => {});
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, log, close };
}
