import { BasetenError } from "../error.ts";
import { isObject, parse } from "../wire/json.ts";
import { type Address, addressOf, methodOf } from "./address.ts";
import { bodyOf, type Piece, pause, unlessAborted } from "./body.ts";
import { checkChat } from "./check.ts";
import { completionOf } from "./completion.ts";
import { embeddingsOf } from "./embeddings.ts";
import { badKey, badMethod, failed, noDeployment, noMessages, noPath, type Outcome, refuse } from "./failure.ts";
import { type Fault, faultAnswer, spoiled } from "./faults.ts";
import { keyProblem } from "./gate.ts";
import { findModel, listModels } from "./models.ts";
import type { Settings } from "./options.ts";
import { type Reply, replyTo } from "./reply.ts";
import { eventsOf } from "./stream.ts";

/**
 * A request on its way, and what it takes to answer it.
 * @internal
 */
export interface Call {
  request: Request;
  signal: AbortSignal | undefined;
  /** The request's id. */
  id: string;
  fault: Fault | null;
  settings: Settings;
  /** Ms that are left of a deployment's cold start. */
  cold: (deployment: Address["deployment"]) => number;
}

/**
 * Answers a request.
 * @throws the reason of the signal, or a TypeError for the fault `"reset"`
 * @internal
 */
export async function respond(call: Call): Promise<Response> {
  const fault = faultAnswer(call.fault);
  if (fault) return whole(call, fault);
  const address = addressOf(call.request.url);
  if (!address) return whole(call, noPath(new URL(call.request.url).pathname, call.id));
  try {
    return await endpoint(call, address);
  } catch (error) {
    // A caller may abort with an error of this kind too.
    if (error instanceof BasetenError && !call.signal?.aborted) return whole(call, failed(error, address, call.id));
    throw error;
  }
}

async function endpoint(call: Call, address: Address): Promise<Response> {
  const refused = turnedAway(call, address);
  if (refused) return whole(call, refused);
  const wait = call.cold(address.deployment);
  if (address.endpoint === "wake") return whole(call, { status: 202, body: {} });
  if (wait > 0) await pause(wait, call.signal);
  if (address.endpoint !== "models") return model(call, address);
  const { models } = call.settings;
  return whole(call, { status: 200, body: listModels(models, findModel(models, address)) });
}

/** What a request is refused for before anybody reads its body. */
function turnedAway({ request, id, settings }: Call, address: Address): Outcome | undefined {
  const { endpoint, deployment } = address;
  const method = methodOf(endpoint);
  if (request.method !== method) return badMethod(request.method, method, id);
  const problem = keyProblem(request.headers, settings.apiKeys);
  if (problem) return badKey(problem);
  if (endpoint === "messages") return noMessages(id);
  return deployment && !findModel(settings.models, address) ? noDeployment(deployment.id) : undefined;
}

async function model(call: Call, address: Address): Promise<Response> {
  const { request, settings, signal } = call;
  const body = parse(await unlessAborted(request.text(), signal));
  if (!isObject(body)) return refuse(400, "the body of the request is no JSON object");
  const found = findModel(settings.models, address, body.model);
  if (!found) return refuse(404, `the model ${JSON.stringify(body.model)} does not exist`, "model", "model_not_found");
  if (address.endpoint === "embeddings") return whole(call, { status: 200, body: embeddingsOf(body, found) });
  const chat = checkChat(body, found);
  return chat.stream ? streamed(call, replyTo(chat, found)) : completed(call, replyTo(chat, found));
}

async function completed(call: Call, reply: Reply): Promise<Response> {
  const body = completionOf(reply);
  const wait = body.usage.completion_tokens * call.settings.pace;
  if (wait > 0) await pause(wait, call.signal);
  return whole(call, { status: 200, body });
}

function streamed(call: Call, reply: Reply): Response {
  const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
  return sent(call, 200, headers, eventsOf(reply, call.settings.pace, call.fault));
}

/** Whatever is no stream. */
function whole(call: Call, { status, body, headers }: Outcome): Response {
  if (call.fault === "reset") throw new TypeError("fetch failed");
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const plain = text.startsWith("<") ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
  const type = typeof body === "string" ? plain : "application/json";
  return sent(call, status, { "content-type": type, ...headers }, spoiled(text, call.fault));
}

function sent(
  { id, signal }: Call,
  status: number,
  headers: Record<string, string>,
  pieces: Iterable<Piece>,
): Response {
  return new Response(bodyOf(pieces, signal), { status, headers: { ...headers, "x-baseten-request-id": id } });
}
