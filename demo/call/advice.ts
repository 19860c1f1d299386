import { BasetenError, type BasetenErrorName } from "baseten-fetch";
import type { EndpointId, Fields } from "./fields.js";

/** What to do next about each error, in one or two sentences. */
const NEXT: Record<BasetenErrorName, string> = {
  BadRequestError: "The server refused a field of the request: its words above say which. Change it and send again.",
  ContextWindowExceededError:
    "The message is too long for this model. Shorten it, or take a model with a longer context.",
  AuthenticationError: "Check the key: copied whole, of the right workspace, and not revoked. Then send again.",
  PaymentRequiredError: "The workspace has no credit left. Add some in Baseten's billing settings, then retry.",
  PermissionDeniedError: "The key is good, but not for this. Ask for access to this model, or take another one.",
  NotFoundError: "Nothing is served under this name. Check the spelling; every slug of the Model API has a slash.",
  RateLimitError: "Too many requests, and the retries are used up. Wait a little, then retry.",
  InternalServerError: "The server failed, and the retries are used up. This usually passes: retry in a moment.",
  TimeoutError:
    "Nothing came for too long. What came before is kept. Retry; a deployment that was asleep may be awake by now.",
  APIConnectionError:
    "The connection failed before the answer was whole. It is not sent again by itself: retry if you like.",
  APIError: "The engine failed while it answered. What came before is kept; retry to ask again.",
  StreamTruncatedError: "The answer above is not whole, whatever it looks like. Retry to ask again.",
  InvalidResponseError: "What answers there is no chat endpoint, or is broken. Check the address, then retry.",
};

/** What a refusal names first is the field it is about. */
const REFUSED: Record<string, string> = {
  model:
    "Change the model: a slug such as baseten/openai/gpt-oss-120b, or a code of eight letters or digits (with an environment, only such a code).",
  baseURL: "Give a whole address, such as http://localhost:4000, in the field URL.",
  deployment:
    "An environment needs a code of eight letters or digits, and no other address. Clear it, or take such a model.",
  "deployment.environment": "An environment is letters, digits and inner hyphens, such as staging.",
};

const UNREACHED: Record<EndpointId, string> = {
  emulator: NEXT.APIConnectionError,
  direct:
    "To a page, a refusal by CORS and a dead network look the same. Baseten’s hosts promise no CORS headers, so call through a relay. These lines are one:",
  relay: "The relay beside this page does not answer. Is the server that printed this page's address still running?",
  url: "Nothing readable answers there. Is the server running, and does it allow this page's origin (CORS)?",
};

/** What the visitor can do about an error. */
export function adviceOn(error: unknown, { endpoint }: Pick<Fields, "endpoint">): string {
  if (!(error instanceof BasetenError))
    return "This is a fault of the page. Reload it, and please report what you did.";
  const { name, status, message } = error;
  if (name === "APIConnectionError") return UNREACHED[endpoint];
  if (name === "BadRequestError" && status === undefined) return REFUSED[message.split(":")[0] ?? ""] ?? NEXT[name];
  return NEXT[name];
}

/** Whether the relay's lines help against an error. */
export function wantsRelay(error: unknown, { endpoint }: Pick<Fields, "endpoint">): boolean {
  const unread = error instanceof BasetenError && error.name === "APIConnectionError";
  return unread && (endpoint === "direct" || endpoint === "url");
}
