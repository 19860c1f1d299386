import { BasetenError } from "../error.ts";
import { isObject, parseJSON } from "../wire/json.ts";
import { type Address, parseAddress } from "./address.ts";
import { findRejection } from "./auth.ts";
import { assertChatBody } from "./chat-validation.ts";
import { createCompletion } from "./completion-body.ts";
import { createEmbeddings } from "./embeddings.ts";
import { createErrorResponse, createPathNotFoundResponse, type ResponseData, rejectRequest } from "./error-response.ts";
import { generateEvents } from "./event-stream.ts";
import { corruptBody, type Fault, findFaultResponse } from "./faults.ts";
import { createGeneration, type Generation } from "./generation.ts";
import { createModelList, findModel, type ResolvedModel } from "./models.ts";
import type { EmulatorSettings } from "./options.ts";
import { type BodyPiece, createBody } from "./response-body.ts";
import { type ColdStarts, raceAbort, sleep } from "./timing.ts";

/** A request, and what is needed to answer it. */
export interface EmulatedRequest {
  request: Request;
  signal: AbortSignal | undefined;
  requestId: string;
  fault: Fault | null;
  settings: EmulatorSettings;
  coldStarts: ColdStarts;
}

/** Every answer has them, with constant values, so that the same request gets the same bytes. */
const RATE_LIMIT_HEADERS = {
  "x-ratelimit-limit-requests": "120",
  "x-ratelimit-remaining-requests": "119",
  "x-ratelimit-reset-requests": "60",
  "x-ratelimit-limit-tokens": "500000",
  "x-ratelimit-remaining-tokens": "499000",
  "x-ratelimit-reset-tokens": "60",
};

/** Levels of nesting in a body. `JSON.stringify` and other recursive functions overflow the stack beyond some thousands. */
const MAX_BODY_DEPTH = 500;

/**
 * Answers a request.
 * @throws the signal's reason, or a TypeError for the fault `"reset"`
 */
export async function handleRequest(emulated: EmulatedRequest): Promise<Response> {
  const { request, requestId, fault, signal } = emulated;
  const faultResponse = findFaultResponse(fault);
  if (faultResponse) return sendWhole(emulated, faultResponse);
  const address = parseAddress(request.url);
  if (!address) return sendWhole(emulated, createPathNotFoundResponse(new URL(request.url).pathname, requestId));
  try {
    return await answerEndpoint(emulated, address);
  } catch (error) {
    // The reason of an abort may be a BasetenError too, and is thrown as it is.
    if (!(error instanceof BasetenError) || signal?.aborted) throw error;
    return sendWhole(emulated, createErrorResponse(error, address, requestId));
  }
}

async function answerEndpoint(emulated: EmulatedRequest, address: Address): Promise<Response> {
  const { request, requestId, settings, signal } = emulated;
  const rejection = findRejection(request, address, settings, requestId);
  if (rejection) return sendWhole(emulated, rejection);
  const wait = emulated.coldStarts(address.deployment);
  if (address.endpoint === "wake") return sendWhole(emulated, { status: 202, body: {} });
  if (wait > 0) await sleep(wait, signal);
  if (address.endpoint === "models") {
    const { models } = settings;
    return sendWhole(emulated, { status: 200, body: createModelList(models, findModel(models, address)) });
  }
  const { body, model } = await readBody(emulated, address);
  if (address.endpoint === "embeddings") {
    return sendWhole(emulated, { status: 200, body: createEmbeddings(body, model) });
  }
  assertChatBody(body, model);
  const generation = await raceAbort(createGeneration(body, model, settings.reply), signal);
  return body.stream ? sendStream(emulated, generation) : sendCompletion(emulated, generation);
}

async function readBody(
  { request, settings, signal }: EmulatedRequest,
  address: Address,
): Promise<{ body: Record<string, unknown>; model: ResolvedModel }> {
  const body = parseJSON(await raceAbort(request.text(), signal));
  if (!isObject(body)) return rejectRequest(400, "the body is not a JSON object");
  if (isNestedDeeper(body, MAX_BODY_DEPTH)) {
    return rejectRequest(400, `the body is nested more than ${MAX_BODY_DEPTH} levels deep`);
  }
  const model = findModel(settings.models, address, body.model);
  if (model) return { body, model };
  return rejectRequest(404, `the model ${JSON.stringify(body.model)} does not exist`, "model", "model_not_found");
}

/** Goes through a JSON value level by level, without recursion. */
function isNestedDeeper(value: unknown, maxDepth: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) return true;
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return false;
}

async function sendCompletion(emulated: EmulatedRequest, generation: Generation): Promise<Response> {
  const body = createCompletion(generation);
  const wait = body.usage.completion_tokens * emulated.settings.msPerToken;
  if (wait > 0) await sleep(wait, emulated.signal);
  return sendWhole(emulated, { status: 200, body });
}

function sendStream(emulated: EmulatedRequest, generation: Generation): Response {
  const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
  const events = generateEvents(generation, emulated.settings.msPerToken, emulated.fault);
  return createResponse(emulated, 200, headers, events);
}

/** Sends a response that is not a stream. */
function sendWhole(emulated: EmulatedRequest, { status, body, headers }: ResponseData): Response {
  if (emulated.fault === "reset") throw new TypeError("fetch failed");
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const textType = text.startsWith("<") ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
  const type = typeof body === "string" ? textType : "application/json";
  return createResponse(emulated, status, { "content-type": type, ...headers }, corruptBody(text, emulated.fault));
}

function createResponse(
  { requestId, signal }: EmulatedRequest,
  status: number,
  headers: Record<string, string>,
  pieces: Iterable<BodyPiece>,
): Response {
  return new Response(createBody(pieces, signal), {
    status,
    headers: { ...headers, ...RATE_LIMIT_HEADERS, "x-baseten-request-id": requestId },
  });
}
