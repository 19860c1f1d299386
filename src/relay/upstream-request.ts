import { BasetenError } from "../error.ts";
import { toTargetBody } from "../wire/chat-request.ts";
import { isObject, parseJSON, stringifyJSON } from "../wire/json.ts";
import type { Target } from "../wire/target.ts";
import { type BufferedBody, createNotAnObjectError } from "./buffered-body.ts";
import type { Endpoint } from "./endpoint.ts";
import type { RelaySettings } from "./options.ts";
import { createRelayError } from "./relay-error.ts";

/** What is sent upstream, and where. */
export interface UpstreamRequest {
  target: Target;
  /** What follows the target's base URL. */
  path: string;
  /** The JSON to post. Without it the request is a GET. */
  body?: string;
}

/** Fields that name further models: LiteLLM's first, then OpenRouter's. */
const FURTHER_MODELS = ["fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "models"];

/** Resolves a target. Only an error about the model is the caller's; any other is thrown as it is. */
function findTarget(model: string, { resolve }: RelaySettings, status: number, message?: string): Target {
  try {
    return resolve(model);
  } catch (error) {
    if (!(error instanceof BasetenError) || !error.message.startsWith("model:")) throw error;
    throw createRelayError(status, message ?? error.message, { code: status === 404 ? "not_found" : "invalid_model" });
  }
}

async function isModelAllowed(model: string, { models }: RelaySettings): Promise<boolean> {
  try {
    return models === undefined || (await models(model)) === true;
  } catch (cause) {
    const message = "the relay could not tell whether the model is allowed";
    throw createRelayError(500, message, { code: "models_failed", cause: cause ?? "unknown" });
  }
}

async function findAllowedTarget(model: unknown, settings: RelaySettings): Promise<Target> {
  if (typeof model !== "string") throw createRelayError(400, "model: expected a string", { code: "invalid_model" });
  if (model.startsWith("litellm_proxy/")) {
    throw createRelayError(400, "model: this relay serves no litellm_proxy/ models", { code: "invalid_model" });
  }
  const target = findTarget(model, settings, 400);
  if (await isModelAllowed(target.model, settings)) return target;
  throw createRelayError(403, "model: not allowed by this relay", { code: "model_not_allowed" });
}

/** Refuses, where the models are limited, the fields by which a gateway may call another model than `model`. */
function assertNoFurtherModels(
  fields: Record<string, unknown>,
  { isBaseten }: Target,
  { models }: RelaySettings,
): void {
  const field = models && !isBaseten && FURTHER_MODELS.find((name) => fields[name] !== undefined);
  if (!field) return;
  throw createRelayError(403, `${field}: not allowed by this relay, which limits the models`, {
    code: "model_not_allowed",
  });
}

function assertJSON({ headers }: Request): void {
  const [type = ""] = (headers.get("content-type") ?? "").split(";", 1);
  if (type.trim().toLowerCase() === "application/json") return;
  throw createRelayError(415, "content-type: expected application/json", { code: "not_json" });
}

/**
 * Reads and checks the request's body, and builds what is sent: what was checked, serialized anew. Baseten's mapping is
 * chat's; the other endpoints' fields have other meanings.
 */
async function buildPost(
  request: Request,
  { path }: Endpoint,
  body: BufferedBody,
  settings: RelaySettings,
): Promise<UpstreamRequest> {
  assertJSON(request);
  const text = await body.text();
  const fields = parseJSON(text);
  if (!isObject(fields)) throw createNotAnObjectError(text);
  const target = await findAllowedTarget(fields.model, settings);
  assertNoFurtherModels(fields, target, settings);
  const isChat = path === "/chat/completions";
  const json = stringifyJSON(isChat ? toTargetBody(fields, target) : { ...fields, model: target.model });
  if (json === undefined) throw createRelayError(400, "body: nested too deep", { code: "invalid_body" });
  return { target, path, body: json };
}

/**
 * Builds what is sent upstream. `GET …/models` goes to the deployment if one is set, else to the base URL or the Model
 * API.
 * @throws {BasetenError} 400, 403, 404 (models, where only the model tells the deployment), 408, 413, 415 or 500
 */
export async function buildUpstreamRequest(
  request: Request,
  endpoint: Endpoint,
  body: BufferedBody,
  settings: RelaySettings,
): Promise<UpstreamRequest> {
  if (endpoint.method === "POST") return buildPost(request, endpoint, body, settings);
  const message = "models: the deployment depends on the model, so that there is no list";
  return { target: findTarget("any/model", settings, 404, message), path: endpoint.path };
}
