import { assertValid } from "../error.ts";
import { isObject } from "../wire/json.ts";
import { handleRequest } from "./handle-request.ts";
import { type RelayOptions, readOptions } from "./options.ts";

export type { RelayOptions };

const ADAPTERS =
  "a web Request (Express, Fastify and Node's own server need an adapter, such as toNodeHandler of srvx/node; Hono: c.req.raw)";

/** Not instanceof: adapters have Request classes of their own. */
function assertWebRequest(request: unknown): asserts request is Request {
  const isRequest =
    isObject(request) &&
    typeof request.url === "string" &&
    typeof request.method === "string" &&
    isObject(request.headers) &&
    typeof request.headers.get === "function";
  assertValid(isRequest, "request", ADAPTERS, request);
}

/**
 * Creates a fetch handler that keeps the key on the server and adds the CORS headers that Baseten does not send. It serves
 * this client (by its `baseURL`), OpenAI's and Anthropic's SDKs and LiteLLM, and runs wherever `Request` and `Response` do.
 *
 * ```ts
 * const handler = relay({ apiKey, authorize: (request) => isSignedIn(request), origins: ["https://example.com"] });
 * Deno.serve(handler);
 * ```
 *
 * It answers `POST …/chat/completions`, `…/responses`, `…/messages`, `…/embeddings`, `GET …/models` under any path, and
 * preflights. A 2xx comes through byte for byte, as it is read; an error is `{"error":{"message","type","code"}}`. It never
 * retries: its caller does.
 *
 * @param options - closed by default; see {@link RelayOptions}
 * @returns the handler. It rejects only for anything but a web Request: a `BadRequestError` that names an adapter
 * @throws {BasetenError} `BadRequestError` that names an option, and for an `apiKey` that is empty or has no `authorize`
 * beside it; `AuthenticationError` for an `apiKey` that cannot be one
 */
export function relay(options: RelayOptions = {}): (request: Request) => Promise<Response> {
  const settings = readOptions(options);
  return async (request) => {
    assertWebRequest(request);
    return handleRequest(request, settings);
  };
}
