import { type Deadline, startDeadline } from "../http/deadline.ts";
import { limits } from "../http/limits.ts";
import { wait } from "../http/wait.ts";
import { corsHeaders, preflight } from "./cors.ts";
import { type Inlet, openInlet } from "./inlet.ts";
import { type RelayOptions, readOptions, type Settings } from "./options.ts";
import { problem, problemResponse } from "./problem.ts";
import { admit, findModels, type Order, readChat } from "./request.ts";
import { send } from "./upstream.ts";

export type { RelayOptions };

/** The path's tail decides, wherever the relay is mounted; nothing of the path goes on. */
function methodOf(url: string): "GET" | "POST" | undefined {
  const { pathname } = new URL(url);
  if (pathname.endsWith("/chat/completions")) return "POST";
  return pathname.endsWith("/models") ? "GET" : undefined;
}

async function readOrder(request: Request, inlet: Inlet, settings: Settings, deadline: Deadline): Promise<Order> {
  if (request.method === "GET") return findModels(settings);
  try {
    return await wait(deadline, () => readChat(request, inlet, settings), deadline.limit.response);
  } catch (error) {
    inlet.cancel();
    throw deadline.ended ? problem(408, "the body did not come in time", { code: "body_timeout" }) : error;
  }
}

/** From the question who calls to the end of the answer, for a caller who may go at any time. */
async function pass(request: Request, settings: Settings): Promise<Response> {
  const inlet = openInlet(request, settings.maxBodyBytes);
  const verdict = await admit(request, inlet, settings);
  if (verdict) return verdict;
  const trace = { url: request.url, attempts: 0, secret: "" };
  const deadline = startDeadline(request.signal, limits(settings.timeout, true), trace);
  try {
    const order = await readOrder(request, inlet, settings, deadline);
    return await send(request, order, settings, deadline);
  } catch (error) {
    deadline.release();
    throw deadline.ended === "caller" ? problem(499, "the caller has gone", { code: "caller_gone" }) : error;
  }
}

async function serve(request: Request, settings: Settings): Promise<Response> {
  const method = methodOf(request.url);
  if (!method) {
    throw problem(404, "expected POST …/chat/completions or GET …/models", { code: "not_found" });
  }
  const allow = `${method}, OPTIONS`;
  if (request.method === "OPTIONS") return preflight(request, allow);
  if (request.method !== method) {
    throw problem(405, `expected ${method}`, { code: "method_not_allowed", headers: new Headers({ allow }) });
  }
  return pass(request, settings);
}

/** A copy with further headers: those of a Response that `authorize` gave may be immutable. */
function dress(response: Response, more: [string, string][]): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of more) {
    if (name === "vary") headers.append(name, value);
    else headers.set(name, value);
  }
  return new Response(response.body, { status: response.status, headers });
}

/**
 * A fetch handler that keeps the key on the server and adds the CORS headers that Baseten does not send. It serves this
 * client (by its `baseURL`), OpenAI's SDKs and LiteLLM alike, and runs wherever `Request` and `Response` do.
 *
 * ```ts
 * const handler = relay({ apiKey, authorize: (request) => isSignedIn(request), origins: ["https://example.com"] });
 * Deno.serve(handler);
 * ```
 *
 * It answers `POST …/chat/completions` and `GET …/models` under any path, and preflights. A 2xx comes through byte for
 * byte, as it is read; all else is `{"error":{"message","type","code"}}`. It never retries: its caller does.
 *
 * @param options - closed by default; see {@link RelayOptions}
 * @returns the handler. It never rejects
 * @throws {BasetenError} `BadRequestError` that names an option, and for an `apiKey` with no `authorize` beside it;
 * `AuthenticationError` for an `apiKey` that can be none
 */
export function relay(options: RelayOptions = {}): (request: Request) => Promise<Response> {
  const settings = readOptions(options);
  return async (request) => {
    let cors: [string, string][] = [];
    try {
      cors = await corsHeaders(request, settings);
      return dress(await serve(request, settings), cors);
    } catch (error) {
      return dress(problemResponse(error), cors);
    }
  };
}
