import type { BasetenError } from "../error.ts";
import { toTargetBody } from "../wire/chat-request.ts";
import { isObject, parseJSON } from "../wire/json.ts";
import { resolveTarget, type Target } from "../wire/target.ts";
import { forAuthorize, type Inlet, textOf } from "./inlet.ts";
import type { Settings } from "./options.ts";
import { problem } from "./problem.ts";

function isResponse(value: unknown): value is Response {
  // Not instanceof: adapters have Response classes of their own.
  return isObject(value) && typeof value.status === "number" && value.headers === Object(value.headers);
}

/**
 * Asks `authorize`. Only `true` is yes.
 * @returns its Response, if it gives one instead
 * @throws {BasetenError} 403, or 500 if it throws
 * @internal
 */
export async function admit(request: Request, inlet: Inlet, { authorize }: Settings): Promise<Response | undefined> {
  if (!authorize) return;
  let verdict: unknown;
  try {
    verdict = await authorize(forAuthorize(request, inlet));
  } catch {
    // What was thrown may tell what is nobody's business.
    throw inlet.failure ?? problem(500, "the relay could not tell who may use it", { code: "authorize_failed" });
  }
  if (isResponse(verdict)) return verdict;
  if (verdict !== true) throw problem(403, "this relay is not for you", { code: "not_authorized" });
  return;
}

/** What is declared is looked at before anything is read. */
function checkHeaders({ headers }: Request, { maxBodyBytes }: Settings): void {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") {
    throw problem(415, "content-type: expected application/json", { code: "not_json" });
  }
  if (Number(headers.get("content-length")) > maxBodyBytes) {
    throw problem(413, `the body is over ${maxBodyBytes} bytes`, { code: "body_too_large" });
  }
}

async function readObject(request: Request, inlet: Inlet, settings: Settings): Promise<Record<string, unknown>> {
  checkHeaders(request, settings);
  const body = parseJSON(await textOf(inlet));
  if (!isObject(body)) throw problem(400, "body: expected a JSON object", { code: "invalid_body" });
  return body;
}

/** Where a model leads. What else is wrong than the model is no caller's doing, and may name the upstream. */
function findTarget(model: string, { upstream }: Settings, fault: (words: string) => BasetenError): Target {
  try {
    return resolveTarget(model, upstream);
  } catch (error) {
    const { message } = error as BasetenError;
    throw message.startsWith("model:") ? fault(message) : error;
  }
}

async function targetOf(model: unknown, settings: Settings): Promise<Target> {
  const invalid = (words: string): BasetenError => problem(400, words, { code: "invalid_model" });
  if (typeof model !== "string") throw invalid("model: expected a string");
  if (model.startsWith("litellm_proxy/")) throw invalid("model: litellm_proxy/ leads away from this relay");
  const target = findTarget(model, settings, invalid);
  if ((await settings.models(target.model)) === true) return target;
  throw problem(403, "model: not one that may be called here", { code: "model_not_allowed" });
}

/** What is sent on, and where. */
export interface UpstreamRequest {
  target: Target;
  /** What follows the target's base. */
  path: string;
  /** The JSON to post. Without it the request is a GET. */
  body?: string;
}

/**
 * Reads and checks a chat request. What is sent on is what was checked, written anew.
 * @throws {BasetenError} 400, 403, 413 or 415
 * @internal
 */
export async function readChat(request: Request, inlet: Inlet, settings: Settings): Promise<UpstreamRequest> {
  const body = await readObject(request, inlet, settings);
  const target = await targetOf(body.model, settings);
  try {
    return { target, path: "/chat/completions", body: JSON.stringify(toTargetBody(body, target)) };
  } catch {
    // Nested too deep to be written.
    throw problem(400, "body: expected less nesting", { code: "invalid_body" });
  }
}

/**
 * Where the models are listed: by the deployment if there is one, else by the base URL or the Model API.
 * @throws {BasetenError} 404 where `deployment` leaves it to the model which deployment is meant
 * @internal
 */
export function findModels(settings: Settings): UpstreamRequest {
  const untold = "models: each request's model tells the deployment, and this one has none";
  const target = findTarget("any/model", settings, () => problem(404, untold, { code: "not_found" }));
  return { target, path: "/models" };
}
