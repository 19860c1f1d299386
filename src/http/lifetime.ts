import type { Timeouts } from "../types/options.ts";
import { buildError, type CreateError, type ErrorContext } from "../wire/api-error.ts";
import { type BodyContext, cancelBody } from "./body.ts";
import { startClock } from "./clock.ts";
import type { Limits } from "./timeouts.ts";

/** What ended a request early: the caller's signal, the reader of its body, or the limit that ran out. */
export type EndedBy = "caller" | "reader" | keyof Timeouts;

/**
 * The time from a request's start to its end. `close` or `abort` must follow, however it ends. Its signal is aborted once, by
 * the caller's signal, a timeout or `abort`: whatever waits rejects with its reason.
 */
export interface Lifetime extends BodyContext {
  /** Tells what ended the request early. */
  endedBy(): EndedBy | undefined;
  /** Ends the request early, for its reader: aborts the fetch and cancels the body. */
  abort(): void;
  /** Stops the timers and removes the listener. */
  close(): void;
}

/** Returns the caller's reason; runtimes older than `AbortSignal.reason` have none. */
function getAbortReason({ reason }: AbortSignal): unknown {
  return reason === undefined ? Object.assign(new Error("aborted"), { name: "AbortError" }) : reason;
}

/**
 * Starts the lifetime of a request: its one signal, its clock, and what builds its errors.
 * @param context - what its errors show, read whenever one is built; its response is cancelled if the request ends early
 */
export function startLifetime(
  context: ErrorContext,
  limits: Limits,
  callerSignal: AbortSignal | null | undefined,
): Lifetime {
  const controller = new AbortController();
  const { signal } = controller;
  let endedBy: EndedBy | undefined;
  const createError: CreateError = (name, prefix, details) => buildError(context, name, prefix, details);
  const clock = startClock(limits, (limit, reason) => {
    end(limit, createError("TimeoutError", `${reason} (timeout.${limit})`));
  });
  if (callerSignal?.aborted) endByCaller();
  else callerSignal?.addEventListener("abort", endByCaller);

  function close(): void {
    clock.stop();
    callerSignal?.removeEventListener("abort", endByCaller);
  }

  function end(by: EndedBy, reason?: unknown): void {
    if (signal.aborted) return;
    close();
    endedBy = by;
    // For runtimes whose `abort` takes no reason.
    if (!("reason" in signal)) Object.defineProperty(signal, "reason", { value: reason });
    controller.abort(reason);
    // A response whose body has no reader yet.
    if (context.response) cancelBody(context.response);
  }

  function endByCaller(): void {
    if (callerSignal) end("caller", getAbortReason(callerSignal));
  }

  return { signal, clock, createError, endedBy: () => endedBy, abort: () => end("reader"), close };
}
