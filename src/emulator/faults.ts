import type { ResponseData } from "./error-response.ts";
import type { BodyPiece } from "./response-body.ts";

/**
 * What goes wrong with a request:
 *
 * - `"429"` (rate limit), `"500"`, `"503"`, `"529"` (no capacity): that status, with a body as Baseten sends it and
 *   without `Retry-After`;
 * - `"html"`: an HTML page with status 200;
 * - `"truncate"`: the body ends too early; `"reset"`: it breaks off with a TypeError; `"stall"`: it stops without an end;
 * - `"badJson"`: the body holds invalid JSON; `"errorEvent"`: it reports an error.
 *
 * The last five happen to a stream after the first chunks of content or tool calls (reasoning comes whole). After
 * `"badJson"` the rest of the stream follows; `"errorEvent"` ends it. In a response that is not streamed, `"truncate"` and
 * `"stall"` send the first half of the body, `"badJson"` corrupts it, `"errorEvent"` replaces it by an error, and
 * `"reset"` rejects the fetch with a TypeError.
 */
export type Fault = "429" | "500" | "503" | "529" | "truncate" | "reset" | "stall" | "badJson" | "errorEvent" | "html";

/** All faults. */
export const FAULTS: readonly Fault[] = [
  "429",
  "500",
  "503",
  "529",
  "truncate",
  "reset",
  "stall",
  "badJson",
  "errorEvent",
  "html",
];

const REPORTED_ERROR = {
  error: { message: "the engine failed while it was answering", type: "internal_error", code: "internal_error" },
};

const HTML_PAGE = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><p>Not an API.</p></body></html>\n";

/** The faults that replace the whole response. Baseten documents no header that says how long to wait. */
const FAULT_RESPONSES: Partial<Record<Fault, ResponseData>> = {
  "429": { status: 429, body: { error: "rate limit exceeded", error_code: "rate_limited", detail: "try again later" } },
  "500": { status: 500, body: { error: { message: "internal error", type: "server_error", param: null, code: 500 } } },
  "503": { status: 503, body: "no healthy upstream" },
  "529": { status: 529, body: { error: "no serving capacity", error_code: "overloaded", detail: "try again later" } },
  html: { status: 200, body: HTML_PAGE },
};

/** The response that a fault replaces the answer with, or `undefined` if the fault happens inside the answer. */
export function findFaultResponse(fault: Fault | null): ResponseData | undefined {
  return fault ? FAULT_RESPONSES[fault] : undefined;
}

/**
 * Generates what a fault puts into a stream.
 * @throws {TypeError} for `"reset"`, as the body of a fetch does
 */
export function* injectFault(fault: Fault): Generator<BodyPiece> {
  if (fault === "reset") throw new TypeError("terminated");
  if (fault === "stall") yield Number.POSITIVE_INFINITY;
  if (fault === "badJson") yield 'data: {"choices":[{"index":0,"delta":{"content":oops}}]}\n\n';
  if (fault === "errorEvent") yield `data: ${JSON.stringify(REPORTED_ERROR)}\n\n`;
}

/** Generates the body of a response that is not streamed, as a fault leaves it. */
export function* corruptBody(text: string, fault: Fault | null): Generator<BodyPiece> {
  const half = text.slice(0, text.length / 2);
  if (fault === "truncate") yield half;
  else if (fault === "stall") yield* [half, Number.POSITIVE_INFINITY];
  else if (fault === "badJson") yield text.replace("{", "{oops ");
  else if (fault === "errorEvent") yield JSON.stringify(REPORTED_ERROR);
  else yield text;
}
