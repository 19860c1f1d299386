/** The callers: many requests at once, each read to its end and checked. */
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { DONE } from "./events.mjs";

/**
 * Sends one request.
 *
 * @param {string} origin
 * @param {object} body
 * @param {Record<string, string>} [headers]
 * @param {Agent | false} [agent] `false`, the default: a socket of its own.
 * @returns {Promise<import("node:http").IncomingMessage>}
 */
export async function send(origin, body, headers = {}, agent = false) {
  const json = JSON.stringify({
    model: "openai/gpt-oss-120b",
    messages: [{ role: "user", content: "Hello" }],
    ...body,
  });
  const call = httpRequest(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": Buffer.byteLength(json), ...headers },
    agent,
  });
  call.end(json);
  const [response] = await once(call, "response");
  return response;
}

/** @param {import("node:http").IncomingMessage} response @returns {Promise<string>} */
async function readText(response) {
  let text = "";
  for await (const piece of response.setEncoding("utf8")) text += piece;
  return text;
}

/**
 * Sends `count` requests, so many at once, and checks each answer.
 *
 * @param {string} origin
 * @param {{ count: number, concurrency: number, body: object, headers?: Record<string, string> }} load
 * @throws {Error} If an answer is no complete stream, or no completion.
 */
export async function sendAll(origin, { count, concurrency, body, headers }) {
  // Sockets are reused, as a proxy in front of a server does, but not across pauses, in which servers close them.
  const agent = new Agent({ keepAlive: true });
  let left = count;
  const isComplete = (text) => (body.stream ? text.endsWith(DONE.toString()) : text.includes("The sky is blue."));
  const work = async () => {
    while (left-- > 0) {
      const response = await send(origin, body, headers, agent);
      const text = await readText(response);
      if (response.statusCode !== 200 || !isComplete(text))
        throw new Error(`${response.statusCode}: ${text.slice(-300)}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  agent.destroy();
}
