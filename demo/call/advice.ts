import { BasetenError, type BasetenErrorName } from "baseten-fetch";
import type { EndpointId, Environment } from "./form.ts";
import type { ScenarioId } from "./scenarios.ts";

/** What an alert's button does. */
export type Action = "retry" | "use-relay" | "use-emulator";

/** What the visitor can do about an error. */
export interface Advice {
  text: string;
  actions: Action[];
  /** Whether the code of a relay helps. */
  showsRelay: boolean;
}

const NEXT_STEPS: Record<BasetenErrorName, string> = {
  BadRequestError: "The server refused a field of the request; the message says which. Change it and send again.",
  ContextWindowExceededError: "The conversation is too long for this model. Start a new chat or shorten the message.",
  AuthenticationError: "Check the API key: it must be complete, from the right workspace, and not revoked.",
  PaymentRequiredError: "The workspace has no credit left. Add credit in Baseten's billing settings, then retry.",
  PermissionDeniedError: "The key is valid but may not use this model. Ask for access or choose another model.",
  NotFoundError: "No model has this name. Check the spelling; every slug of the Model API contains a slash.",
  RateLimitError: "Too many requests, and the retries are used up. Wait a little, then retry.",
  InternalServerError: "The server failed, and the retries are used up. Retry in a moment.",
  TimeoutError: "The server sent nothing for too long. The text so far is kept. Retry to ask again.",
  APIConnectionError: "The connection broke. The request is not repeated automatically, since it may have been billed.",
  APIError: "The server reported an error during the answer. The text so far is kept. Retry to ask again.",
  StreamTruncatedError: "The answer is incomplete, even if it reads well. Retry to ask again.",
  InvalidResponseError:
    "The server's answer is not a chat completion, or it is damaged. Check the endpoint, then retry.",
};

/** For a call that was refused before it was sent, by the field that the message names first. */
const REFUSALS: Record<string, string> = {
  model: "Change the model: a slug such as baseten/openai/gpt-oss-120b, or a code of 8 letters or digits.",
  baseURL: "Enter a whole URL, such as http://localhost:4000. A LiteLLM proxy needs the endpoint Custom URL.",
  deployment: "An environment needs a code of 8 letters or digits, and the emulator or Baseten direct as endpoint.",
  "deployment.environment": "Use letters, digits and inner hyphens, such as staging.",
};

const UNREACHABLE: Record<EndpointId, string> = {
  emulator: NEXT_STEPS.APIConnectionError,
  relay: "The relay of this page does not answer. Check that npm start is still running, then retry.",
  direct:
    "The browser blocked the answer (CORS), or the network failed; a page cannot tell which. Call through a relay.",
  custom: "No answer from this URL. Check that the server runs and allows this page's origin (CORS).",
};

function findText({ name, status, message }: BasetenError, endpoint: EndpointId, scenario: ScenarioId): string {
  if (name === "APIConnectionError") return UNREACHABLE[endpoint];
  if (endpoint === "emulator" && scenario === "rejectedKey") return "This scenario rejects every key. Choose another.";
  const field = message.split(":")[0] ?? "";
  return (name === "BadRequestError" && status === undefined && REFUSALS[field]) || NEXT_STEPS[name];
}

/** What to do next about an error of a call. */
export function adviseOn(
  error: unknown,
  { endpoint, scenario }: { endpoint: EndpointId; scenario: ScenarioId },
  { relay }: Pick<Environment, "relay">,
): Advice {
  if (!(error instanceof BasetenError))
    return { text: "This is a bug in the page. Reload it and report what you did.", actions: [], showsRelay: false };
  const isBlocked = error.name === "APIConnectionError" && (endpoint === "direct" || endpoint === "custom");
  return {
    text: findText(error, endpoint, scenario),
    actions: [
      "retry",
      ...(isBlocked && relay !== "none" ? (["use-relay"] as const) : []),
      ...(endpoint === "emulator" ? [] : (["use-emulator"] as const)),
    ],
    showsRelay: isBlocked && relay === "none",
  };
}
