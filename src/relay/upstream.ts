import { BasetenError } from "../error.ts";
import type { Deadline } from "../http/deadline.ts";
import { exchange } from "../http/exchange.ts";
import { limits } from "../http/limits.ts";
import { wait } from "../http/wait.ts";
import { keyText } from "../wire/key.ts";
import type { Settings } from "./options.ts";
import { problem } from "./problem.ts";
import type { Order } from "./request.ts";
import { passBack, upstreamProblem } from "./response.ts";

/** What goes on of the request's headers, beside the key and the type of the body. */
const PASSED = ["accept", "x-session-affinity"];

async function ownKey(apiKey: Settings["apiKey"]): Promise<string> {
  let text: string | undefined;
  try {
    text = keyText(typeof apiKey === "function" ? await apiKey() : apiKey);
  } catch {
    // What was thrown may show the key.
  }
  if (text === undefined) throw problem(500, "the relay has no usable key", { code: "relay_key" });
  return text && `Bearer ${text}`;
}

/** The `authorization` to send. Where the relay has a key, the caller's is meant for `authorize` and goes no further. */
async function authorization({ headers }: Request, { apiKey }: Settings): Promise<string> {
  const value = apiKey === undefined ? headers.get("authorization") : await ownKey(apiKey);
  if (!value) throw problem(401, "no key: send one as Authorization: Bearer …", { code: "no_key" });
  return value;
}

async function attempt(request: Request, { body }: Order, settings: Settings, deadline: Deadline): Promise<Response> {
  const { trace, controller } = deadline;
  const headers: Record<string, string> = { authorization: await authorization(request, settings) };
  trace.secret = headers.authorization?.split(" ").pop() ?? "";
  if (body !== undefined) headers["content-type"] = "application/json";
  for (const name of PASSED) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const init = body === undefined ? { method: "GET", headers } : { method: "POST", headers, body };
  return exchange(settings.fetch ?? globalThis.fetch, init, trace, controller.signal);
}

/** What kept the upstream's headers from coming, in the relay's own words: the client's name the address. */
function explain(error: unknown): unknown {
  if (!(error instanceof BasetenError) || error.url === undefined) return error;
  return error.name === "TimeoutError"
    ? problem(504, "the upstream did not answer in time", { code: "upstream_timeout" })
    : problem(502, "the upstream could not be reached", { code: "upstream_unreachable" });
}

/**
 * Sends a request on, once: to retry is for the client in front of the relay.
 * @throws {BasetenError} what the upstream says, or 401, 500, 502, 504
 * @internal
 */
export async function send(request: Request, order: Order, settings: Settings, deadline: Deadline): Promise<Response> {
  const { target, path } = order;
  const { trace } = deadline;
  trace.url = target.base + path + target.query;
  deadline.limit = limits(settings.timeout, target.kind === "model-api");
  let response: Response;
  try {
    response = await wait(deadline, () => attempt(request, order, settings, deadline), deadline.limit.response);
  } catch (error) {
    // No redirect, although it is a 3xx.
    if (trace.response?.status !== 304) throw explain(error);
    response = trace.response;
  }
  if (response.ok || response.status === 304) return passBack(response, deadline);
  throw await upstreamProblem(response, deadline, settings.apiKey !== undefined);
}
