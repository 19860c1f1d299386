import { abortable } from "../http/abortable.ts";
import { resolveTimeouts } from "../http/timeouts.ts";
import { createTimer } from "../http/timer.ts";
import { corsHeaders, preflight } from "./cors.ts";
import { type Inlet, openInlet } from "./inlet.ts";
import { type RelayOptions, readOptions, type Settings } from "./options.ts";
import { problem, problemResponse } from "./problem.ts";
import { admit, findModels, readChat, type UpstreamRequest } from "./request.ts";
import { send } from "./upstream.ts";

export type { RelayOptions };

/** The path's tail decides, wherever the relay is mounted; nothing of the path goes on. */
function methodOf(url: string): "GET" | "POST" | undefined {
  const { pathname } = new URL(url);
  if (pathname.endsWith("/chat/completions")) return "POST";
  return pathname.endsWith("/models") ? "GET" : undefined;
}

/** Reads the request's body within the time that it has. */
async function readInTime(
  request: Request,
  inlet: Inlet,
  settings: Settings,
  signal: AbortSignal,
): Promise<UpstreamRequest> {
  if (request.method === "GET") return findModels(settings);
  const late = new AbortController();
  const { response } = resolveTimeouts(settings.timeout, true);
  const timer = createTimer(response, () =>
    late.abort(problem(408, "the body did not come in time", { code: "body_timeout" })),
  );
  const leave = () => late.abort(signal.reason);
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave);
  timer.start();
  try {
    return await abortable(() => readChat(request, inlet, settings), late.signal);
  } catch (error) {
    inlet.cancel();
    throw error;
  } finally {
    timer.stop();
    signal.removeEventListener("abort", leave);
  }
}

/** From `authorize` to the end of the answer, for a caller who may leave at any time. */
async function handle(request: Request, settings: Settings): Promise<Response> {
  const inlet = openInlet(request, settings.maxBodyBytes);
  const verdict = await admit(request, inlet, settings);
  if (verdict) return verdict;
  const controller = new AbortController();
  const { signal } = request;
  const leave = () => controller.abort(signal.reason);
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave);
  try {
    const upstream = await readInTime(request, inlet, settings, controller.signal);
    const response = await send(request, upstream, settings, controller);
    if (!response.body) signal.removeEventListener("abort", leave);
    return response;
  } catch (error) {
    signal.removeEventListener("abort", leave);
    throw signal.aborted ? problem(499, "the caller has left", { code: "caller_gone" }) : error;
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
  return handle(request, settings);
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
