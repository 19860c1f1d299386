/**
 * A raw-socket HTTP/1.1 server on loopback that plays one script, since HTTP libraries are too polite to misbehave.
 *
 * @typedef {string | Buffer | symbol} Step Bytes to send, or one of the moves below.
 * @typedef {object} Answer
 * @property {number} [status] Default 200.
 * @property {Record<string, string>} [headers] Default: an event stream.
 * @property {number} [retryAfter] The seconds of a `Retry-After`.
 * @property {boolean} [redirect] Whether a `location` names another origin.
 * @property {Step[]} steps Played one after the other, a short pause between, so that each is a read of its own.
 *
 * @typedef {object} Heard What the server knows afterwards.
 * @property {number} requests
 * @property {boolean} key Whether a request brought the key.
 * @property {boolean} prompt Whether a request brought the prompt.
 * @property {number} flooded Bytes that a flood got rid of.
 * @property {boolean} closed Whether the client closed the connection before the script was over.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Ends the body as HTTP wants it ended. */
export const end = Symbol("end");
/** Breaks the connection with a RST. */
export const reset = Symbol("reset");
/** Sends nothing more and keeps the connection open. */
export const stall = Symbol("stall");
/** Sends the last step again every 20 ms, for as long as somebody listens. */
export const drip = Symbol("drip");
/** Sends the last step again as fast as the connection takes it, 128 MiB at most. */
export const flood = Symbol("flood");

export const key = "key-that-nobody-else-may-see";
export const prompt = "a prompt that nobody else may see";

const pause = 20;
const floodBytes = 128 * 2 ** 20;

/** @param {string | Buffer} bytes One chunk of the chunked encoding. */
function frame(bytes) {
  const body = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]);
}

/** @param {Answer} answer @param {string} other */
function head({ status = 200, headers = { "content-type": "text/event-stream" }, retryAfter, redirect }, other) {
  const fields = { ...headers, "transfer-encoding": "chunked", connection: "close" };
  if (retryAfter) fields["retry-after"] = String(retryAfter);
  if (redirect) fields.location = `${other}/v1/chat/completions`;
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Scripted\r\n${lines.join("")}\r\n`;
}

/** Whether a whole request, body included, has come. @param {string} text */
function isWhole(text) {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, headEnd));
  return length ? text.length - headEnd - 4 >= Number(length[1]) : text.endsWith("0\r\n\r\n");
}

/** @param {import("node:net").Socket} socket @param {Buffer} bytes @param {Heard} heard */
async function pour(socket, bytes, heard) {
  while (!socket.destroyed && heard.flooded < floodBytes) {
    if (!socket.write(bytes)) await once(socket, "drain");
    heard.flooded += bytes.length;
  }
}

/** Plays one step. `last` is the step before it, which `drip` and `flood` repeat. */
async function play(socket, step, last, heard) {
  if (step === end) return socket.end("0\r\n\r\n");
  if (step === reset) return socket.resetAndDestroy();
  if (step === flood) return pour(socket, frame(Buffer.concat(Array(64).fill(Buffer.from(last)))), heard);
  if (step === drip) while (!socket.destroyed) await sleep(pause).then(() => socket.write(frame(last)));
  if (typeof step !== "symbol") socket.write(frame(step));
}

/** @param {import("node:net").Socket} socket @param {Answer} answer @param {string} other @param {Heard} heard */
async function reply(socket, answer, other, heard) {
  let over = false;
  socket.once("close", () => {
    heard.closed ||= !over;
  });
  socket.write(head(answer, other));
  for (const [at, step] of answer.steps.entries()) {
    await sleep(pause);
    over = step === end || step === reset;
    await play(socket, step, answer.steps[at - 1], heard);
  }
}

/**
 * Starts a server that gives every request the same answer, one request a connection.
 *
 * @param {Answer} answer
 * @param {string} [other] The address of another origin, for redirects.
 */
export async function serve(answer, other = "") {
  /** @type {Heard} */
  const heard = { requests: 0, key: false, prompt: false, flooded: 0, closed: false };
  const sockets = new Set();
  const server = createServer({ noDelay: true }, (socket) => {
    let text = "";
    sockets.add(socket.on("error", () => {}));
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (!isWhole(text)) return;
      heard.requests += 1;
      heard.key ||= text.includes(key);
      heard.prompt ||= text.includes(prompt);
      text = "";
      reply(socket, answer, other, heard).catch(() => {}); // a client that left while the socket was full
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, heard, close };
}
