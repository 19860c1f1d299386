/**
 * A server on 127.0.0.1 that misbehaves on demand. The path says how:
 *
 *   POST /<answers>/<token>/v1/chat/completions   the first request of a token gets the first answer, and so on
 *   GET  /seen/<token>      the requests so far
 *   GET  /gone/<token>      answers `true` once a client has left before its answer was over
 *   GET  /proceed/<token>   lets go on what waits for it; answers once a request of the token is there
 *
 * Pages may read it, but send no header beyond the two that the library needs.
 */
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type",
  "access-control-expose-headers": "retry-after, retry-after-ms, x-request-id",
  // Else Firefox and Chromium ask before each request.
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
const chunk = (choices, more) => event({ ...base, object: "chat.completion.chunk", choices, ...more });
const delta = (fields, finish_reason = null) => chunk([{ index: 0, delta: fields, finish_reason }]);
const call = (fields) => delta({ tool_calls: [{ index: 0, ...fields }] });
const last = chunk([], { usage });
const DONE = "data: [DONE]\n\n";
const first = delta({ role: "assistant", content: "Hé" });

/** @typedef {{ request: object, response: import("node:http").ServerResponse, proceed: () => Promise<unknown> }} Exchange */

function json({ response }, status, body, headers = {}) {
  response.writeHead(status, { ...cors, "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

function begin({ response }, ...pieces) {
  response.writeHead(200, { ...cors, "content-type": "text/event-stream" });
  for (const piece of pieces) response.write(piece);
}

/** An event stream of these pieces, with its proper end. */
const streamed =
  (...pieces) =>
  (exchange) => {
    begin(exchange, ...pieces);
    exchange.response.end();
  };

/** The bytes of a text, cut where it hurts: inside a character, and inside an event. */
function cut(text) {
  const bytes = Buffer.from(text);
  const inside = bytes.indexOf(Buffer.from("ö")) + 1;
  return [bytes.subarray(0, inside), bytes.subarray(inside, inside + 9), bytes.subarray(inside + 9)];
}

/** A status, with the server's words, which repeat the key. */
function status(exchange, code, headers) {
  const said = `the server's words ${exchange.request.headers.authorization?.split(" ")[1]}`;
  const error = { message: said, type: "t", param: "p", code: "c" };
  json(exchange, code, { error }, { "x-request-id": "r-1", ...headers });
}

/** @type {Record<string, (exchange: Exchange) => unknown>} */
const answers = {
  whole: (exchange) => json(exchange, 200, completion),
  chunks: streamed(
    ": hello\n\n",
    ...cut(`${first}${delta({ content: "llo wörld 🌍" })}${delta({}, "stop")}`),
    last,
    DONE,
  ),
  tools: streamed(
    call({ id: "call_1", type: "function", function: { name: "weather", arguments: "" } }),
    call({ id: "another", function: { arguments: '{"city":' } }),
    call({ function: { arguments: '"Paris"}' } }),
    delta({}, "tool_calls"),
    DONE,
  ),
  ends: streamed(first),
  cut: streamed(first, last.slice(0, 40)),
  finished: streamed(first, delta({}, "stop")),
  unended: streamed(first, DONE.trimEnd()),
  event: streamed(first, event({ error: { message: "out of memory" } })),
  junk: streamed(first, "data: {not json}\n\n"),
  open: (exchange) => begin(exchange, first, DONE),
  stall: (exchange) => begin(exchange, first),
  silent: () => {},
  half: ({ response }) => {
    response.writeHead(200, { ...cors, "content-type": "application/json" });
    response.write('{"choices":');
  },
  /** Breaks only once the client has read what came before: a runtime drops what is unread. */
  async breaks(exchange) {
    begin(exchange, first);
    await exchange.proceed();
    exchange.response.socket.resetAndDestroy();
  },
  hangup: ({ response }) => response.destroy(),
  failed: (exchange) => json(exchange, 200, { error: "out of memory" }),
  html({ response }) {
    response.writeHead(200, { ...cors, "content-type": "text/html" });
    response.end("<!doctype html><title>Hello</title>");
  },
  redirect({ request, response }) {
    const location = `http://${request.headers.host}${request.url.replace("redirect", "whole")}`;
    response.writeHead(307, { ...cors, location });
    response.end();
  },
  context: (exchange) => json(exchange, 400, { error: "This model's maximum context length is 10 tokens" }),
  later: (exchange) => status(exchange, 429, { "retry-after": "120" }),
};

/** What is known of a token. */
function visit() {
  return { requests: [], left: false, proceeds: 0, news: new EventEmitter() };
}

async function until({ news }, condition) {
  while (!condition()) await once(news, "change");
}

async function answer(script, place, request, response) {
  const body = await text(request);
  const name = script[Math.min(place.requests.length, script.length - 1)];
  place.requests.push({ headers: request.headers, body: body && JSON.parse(body) });
  response.on("close", () => {
    place.left ||= !response.writableFinished;
    place.news.emit("change");
  });
  place.news.emit("change");
  const seen = place.proceeds;
  const proceed = () => until(place, () => place.proceeds > seen);
  const exchange = { request, response, proceed };
  return /^\d+$/.test(name) ? status(exchange, Number(name), { "retry-after-ms": "1" }) : answers[name](exchange);
}

/** @type {Record<string, (place: ReturnType<typeof visit>) => Promise<unknown>>} */
const questions = {
  seen: async ({ requests }) => requests,
  async gone(place) {
    await until(place, () => place.left);
    return true;
  },
  async proceed(place) {
    await until(place, () => place.requests.length > 0);
    place.proceeds += 1;
    place.news.emit("change");
    return true;
  },
};

/**
 * Starts the server.
 *
 * @returns {Promise<{ origin: string, close(): void }>}
 */
export async function serve() {
  const places = new Map();
  const server = createServer(async (request, response) => {
    const [, what, token] = request.url.split("/");
    const place = places.get(token) ?? visit();
    places.set(token, place);
    if (request.method === "OPTIONS") response.writeHead(204, cors).end();
    else if (Object.hasOwn(questions, what)) json({ response }, 200, await questions[what](place));
    else await answer(what.split("-"), place, request, response);
  });
  // Many watch one place while they wait.
  EventEmitter.defaultMaxListeners = 50;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}
