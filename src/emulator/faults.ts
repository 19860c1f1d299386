import type { Piece } from "./body.ts";
import type { Outcome } from "./failure.ts";

/**
 * What goes wrong with a request:
 *
 * - `"429"`, `"500"`, `"503"`: that status, with a body as Baseten has it and no `Retry-After`;
 * - `"html"`: a page, with status 200;
 * - `"truncate"`: the body ends too soon; `"reset"`: it breaks off with a TypeError; `"stall"`: it falls silent;
 * - `"badJson"`: something in it is no JSON; `"errorEvent"`: it reports an error.
 *
 * The last five strike a stream after the first chunks of its answer (its reasoning comes whole); after `"badJson"` the
 * rest follows, after `"errorEvent"` the end. Of a body that is no stream, `"truncate"` and `"stall"` leave the first
 * half, `"badJson"` spoils it, `"errorEvent"` puts an error in its place; `"reset"` rejects the fetch with a TypeError.
 */
export type Fault = "429" | "500" | "503" | "truncate" | "reset" | "stall" | "badJson" | "errorEvent" | "html";

/**
 * All of them.
 * @internal
 */
export const FAULTS: readonly Fault[] = [
  "429",
  "500",
  "503",
  "truncate",
  "reset",
  "stall",
  "badJson",
  "errorEvent",
  "html",
];

const REPORT = {
  error: { message: "the engine failed while it was answering", type: "internal_error", code: "internal_error" },
};

const PAGE = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><p>This is no API.</p></body></html>\n";

/** Faults that are an answer by themselves. Baseten sends no header that says how long to wait. */
const ANSWERS: Partial<Record<Fault, Outcome>> = {
  "429": { status: 429, body: { error: "rate limit exceeded", error_code: "rate_limited", detail: "try again later" } },
  "500": { status: 500, body: { error: { message: "internal error", type: "server_error", param: null, code: 500 } } },
  "503": { status: 503, body: "no healthy upstream" },
  html: { status: 200, body: PAGE },
};

/**
 * The answer that a fault is, if it is one by itself.
 * @internal
 */
export function faultAnswer(fault: Fault | null): Outcome | undefined {
  return fault ? ANSWERS[fault] : undefined;
}

/**
 * What a fault does in the middle of a stream.
 * @throws {TypeError} for `"reset"`, as a fetch's body does
 * @internal
 */
export function* blowOf(fault: Fault): Generator<Piece> {
  if (fault === "reset") throw new TypeError("terminated");
  if (fault === "stall") yield Number.POSITIVE_INFINITY;
  if (fault === "badJson") yield 'data: {"choices":[{"index":0,"delta":{"content":oops}}]}\n\n';
  if (fault === "errorEvent") yield `data: ${JSON.stringify(REPORT)}\n\n`;
}

/**
 * A whole body as a fault leaves it.
 * @internal
 */
export function* spoiled(text: string, fault: Fault | null): Generator<Piece> {
  const half = text.slice(0, text.length / 2);
  if (fault === "truncate") yield half;
  else if (fault === "stall") yield* [half, Number.POSITIVE_INFINITY];
  else if (fault === "badJson") yield text.replace("{", "{oops ");
  else if (fault === "errorEvent") yield JSON.stringify(REPORT);
  else yield text;
}
