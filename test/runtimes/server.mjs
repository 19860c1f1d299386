/**
 * The test server on 127.0.0.1. The path says how it responds:
 *
 *   POST /<script>/<token>/v1/chat/completions   a script is names of `responses`, joined by `-`: one for each request of a
 *                                                token, the last one again for all further requests
 *   GET  /requests/<token>   the requests so far
 *   GET  /closed/<token>     responds once a client has closed a connection before its response was over
 *   GET  /proceed/<token>    lets responses continue that wait for it, as soon as the token has had a request
 *
 * Pages of any origin may read it, but may send no header beyond the two that the library needs.
 */
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type",
  "access-control-expose-headers": "retry-after, retry-after-ms, x-request-id",
  // Without it Firefox and Chromium send a preflight before each request.
  "access-control-max-age": "600",
};

const ANSWER = "Héllo wörld 🌍";
const usage = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
const base = { id: "chatcmpl-1", created: 1_750_000_000, model: "openai/gpt-oss-120b" };
const message = { role: "assistant", content: ANSWER };
const completion = {
  ...base,
  object: "chat.completion",
  choices: [{ index: 0, message, finish_reason: "stop" }],
  usage,
};

const event = (data) => `data: ${JSON.stringify(data)}\n\n`;
const chunkEvent = (choices, more) => event({ ...base, object: "chat.completion.chunk", choices, ...more });
const deltaEvent = (delta, finish_reason = null) => chunkEvent([{ index: 0, delta, finish_reason }]);
const toolCallEvent = (fields) => deltaEvent({ tool_calls: [{ index: 0, ...fields }] });
const USAGE = chunkEvent([], { usage });
const DONE = "data: [DONE]\n\n";
const FIRST = deltaEvent({ role: "assistant", content: "Hé" });

/** @typedef {{ request: object, response: import("node:http").ServerResponse, waitForProceed: () => Promise<unknown> }} Exchange */

function sendJson({ response }, status, body, headers = {}) {
  response.writeHead(status, { ...cors, "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** Begins an event stream with these pieces. */
function startStream({ response }, ...pieces) {
  response.writeHead(200, { ...cors, "content-type": "text/event-stream" });
  for (const piece of pieces) response.write(piece);
}

/** A response that is an event stream of these pieces, and ends as HTTP wants it. */
const streamOf =
  (...pieces) =>
  (exchange) => {
    startStream(exchange, ...pieces);
    exchange.response.end();
  };

/** The bytes of a text in three pieces, cut inside a character and inside an event. */
function cutBytes(text) {
  const bytes = Buffer.from(text);
  const inside = bytes.indexOf(Buffer.from("ö")) + 1;
  return [bytes.subarray(0, inside), bytes.subarray(inside, inside + 9), bytes.subarray(inside + 9)];
}

/** An error whose message repeats the key. */
function sendError(exchange, status, headers) {
  const repeated = `the server's words ${exchange.request.headers.authorization?.split(" ")[1]}`;
  const error = { message: repeated, type: "t", param: "p", code: "c" };
  sendJson(exchange, status, { error }, { "x-request-id": "r-1", ...headers });
}

/** @type {Record<string, (exchange: Exchange) => unknown>} */
const responses = {
  whole: (exchange) => sendJson(exchange, 200, completion),
  chunks: streamOf(
    ": hello\n\n",
    ...cutBytes(`${FIRST}${deltaEvent({ content: "llo wörld 🌍" })}${deltaEvent({}, "stop")}`),
    USAGE,
    DONE,
  ),
  tools: streamOf(
    toolCallEvent({ id: "call_1", type: "function", function: { name: "weather", arguments: "" } }),
    toolCallEvent({ id: "another", function: { arguments: '{"city":' } }),
    toolCallEvent({ function: { arguments: '"Paris"}' } }),
    deltaEvent({}, "tool_calls"),
    DONE,
  ),
  ends: streamOf(FIRST),
  cut: streamOf(FIRST, USAGE.slice(0, 40)),
  finished: streamOf(FIRST, deltaEvent({}, "stop")),
  unended: streamOf(FIRST, DONE.trimEnd()),
  event: streamOf(FIRST, event({ error: { message: "out of memory" } })),
  junk: streamOf(FIRST, "data: {not json}\n\n"),
  open: (exchange) => startStream(exchange, FIRST, DONE),
  stall: (exchange) => startStream(exchange, FIRST),
  silent: () => {},
  half: ({ response }) => {
    response.writeHead(200, { ...cors, "content-type": "application/json" });
    response.write('{"choices":');
  },
  /** Breaks only once the client has read the first event: a runtime drops what is unread. */
  async breaks(exchange) {
    startStream(exchange, FIRST);
    await exchange.waitForProceed();
    exchange.response.socket.resetAndDestroy();
  },
  hangup: ({ response }) => response.destroy(),
  failed: (exchange) => sendJson(exchange, 200, { error: "out of memory" }),
  html({ response }) {
    response.writeHead(200, { ...cors, "content-type": "text/html" });
    response.end("<!doctype html><title>Hello</title>");
  },
  redirect({ request, response }) {
    const location = `http://${request.headers.host}${request.url.replace("redirect", "whole")}`;
    response.writeHead(307, { ...cors, location });
    response.end();
  },
  context: (exchange) => sendJson(exchange, 400, { error: "This model's maximum context length is 10 tokens" }),
  later: (exchange) => sendError(exchange, 429, { "retry-after": "120" }),
};

/** What is known of a token. */
const createEndpoint = () => ({ requests: [], closed: false, proceeds: 0, changes: new EventEmitter() });

async function waitUntil({ changes }, isTrue) {
  while (!isTrue()) await once(changes, "change");
}

async function respond(script, endpoint, request, response) {
  const body = await text(request);
  const name = script[Math.min(endpoint.requests.length, script.length - 1)];
  endpoint.requests.push({ headers: request.headers, body: body && JSON.parse(body) });
  response.on("close", () => {
    endpoint.closed ||= !response.writableFinished;
    endpoint.changes.emit("change");
  });
  endpoint.changes.emit("change");
  const before = endpoint.proceeds;
  const waitForProceed = () => waitUntil(endpoint, () => endpoint.proceeds > before);
  const exchange = { request, response, waitForProceed };
  if (/^\d+$/.test(name)) return sendError(exchange, Number(name), { "retry-after-ms": "1" });
  return responses[name](exchange);
}

/** @type {Record<string, (endpoint: ReturnType<typeof createEndpoint>) => Promise<unknown>>} */
const queries = {
  requests: async ({ requests }) => requests,
  async closed(endpoint) {
    await waitUntil(endpoint, () => endpoint.closed);
    return true;
  },
  async proceed(endpoint) {
    await waitUntil(endpoint, () => endpoint.requests.length > 0);
    endpoint.proceeds += 1;
    endpoint.changes.emit("change");
    return true;
  },
};

/**
 * Starts the server.
 *
 * @returns {Promise<{ origin: string, close(): void }>}
 */
export async function startServer() {
  const endpoints = new Map();
  const server = createServer(async (request, response) => {
    const [, what, token] = request.url.split("/");
    const endpoint = endpoints.get(token) ?? createEndpoint();
    endpoints.set(token, endpoint);
    if (request.method === "OPTIONS") response.writeHead(204, cors).end();
    else if (Object.hasOwn(queries, what)) sendJson({ response }, 200, await queries[what](endpoint));
    else await respond(what.split("-"), endpoint, request, response);
  });
  // Several requests wait for changes of one endpoint.
  EventEmitter.defaultMaxListeners = 50;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}
