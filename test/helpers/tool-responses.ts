/** Streamed answers that call tools. */

import { type Responder, sseResponse } from "./recorded-fetch.js";
import { chunk, contentChunk, DONE_EVENT, finishChunk, sseEvent, usageChunk } from "./wire-chunks.js";

/** A tool call in a scripted answer: arguments that are no string are sent as JSON. */
export interface ScriptedCall {
  name: string;
  arguments?: unknown;
  id?: string;
}

/** The delta of one call, as engines send it in one piece. */
function toDelta({ name, arguments: args = {}, id }: ScriptedCall, index: number): object {
  const json = typeof args === "string" ? args : JSON.stringify(args);
  return { index, id: id ?? `call_${index}`, type: "function", function: { name, arguments: json } };
}

/** Responds with an answer that calls these tools. */
export function toolCallsResponse(calls: ScriptedCall[], finishReason = "tool_calls"): Responder {
  const delta = { role: "assistant", content: null, tool_calls: calls.map(toDelta) };
  return sseResponse([
    sseEvent(chunk([{ index: 0, delta, finish_reason: null }])),
    sseEvent(finishChunk(finishReason)) + sseEvent(usageChunk()) + DONE_EVENT,
  ]);
}

/** Responds with a text. */
export function textResponse(text: string): Responder {
  return sseResponse([sseEvent(contentChunk(text)), sseEvent(finishChunk()) + sseEvent(usageChunk()) + DONE_EVENT]);
}
