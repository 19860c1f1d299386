/**
 * Runs a table of failure cases: each is one misbehaving server and one call. After every case no timer, abort listener,
 * unread body or unhandled rejection may be left, and no error may show the API key.
 */

import { describe, expect, it } from "vitest";
import type { Options } from "../../src/index.js";
import type { ScriptedResponse } from "../helpers/http-response.js";
import { flushEventLoop, startLeakCheck, withTimeout } from "../helpers/leak-check.js";
import { startServer, type TestServer } from "../helpers/server.js";
import { type CallKind, type CallResult, type CallSettings, callAndCatch, serverOptions } from "./call-server.js";
import { type ExpectedError, expectServerError } from "./expect-error.js";

/** One way in which a server, a network or a caller misbehaves, and what the caller must get. */
export interface FailureCase extends CallSettings {
  /** Follows the table's title, and is completed by what the call must do: "…, rejects with TimeoutError". */
  name: string;
  /** Completes the name where "succeeds" or "rejects with …" would not say enough. */
  outcome?: string;
  /** One response per request; the last one serves all further requests. */
  responses: readonly ScriptedResponse[];
  options?: Options;
  /** The text of choice 0 that is delivered, before the failure if there is one. Default: none. */
  delivers?: string;
  /** Absent: the call succeeds. `abort reason`: it rejects with the reason of the caller's abort. */
  throws?: ExpectedError | "abort reason";
  /** How many requests the server received at the end. Default 1. */
  requests?: number;
  /** `closed`: the client closes the connection of the last request. `kept`: all requests share one connection. */
  connection?: "closed" | "kept";
  /** The event at which the caller aborts: `request 1`, `headers`, `chunk 1`, … */
  abortAt?: string;
  /** Further checks on the result. */
  check?: (result: CallResult) => void;
  /** The kinds of call that the case applies to. Default: all kinds of the table. */
  onlyFor?: readonly CallKind[];
}

/** What the caller of a case aborts with. */
export const ABORT_REASON: Error = Object.freeze(new Error("aborted by the test"));

/**
 * Defines one test for each kind of call and each case.
 * @param title Begins the sentence that each name completes: "with stream, a response that | ends early | rejects with …".
 */
export function describeFailures(title: string, kinds: readonly CallKind[], cases: readonly FailureCase[]): void {
  describe.each(kinds)(`with %s, ${title}`, (kind) => {
    for (const each of cases) {
      if (each.onlyFor?.includes(kind) ?? true) it(`${each.name} ${outcomeOf(each)}`.trim(), () => runCase(kind, each));
    }
  });
}

function outcomeOf({ outcome, throws, requests = 1 }: FailureCase): string {
  if (outcome !== undefined) return outcome;
  const after = requests > 1 ? ` after ${requests} requests` : "";
  if (!throws) return `succeeds${after}`;
  const name = throws === "abort reason" ? "the abort reason" : [throws.name].flat().join(" or ");
  return `rejects with ${name}${after}`;
}

/**
 * Runs a test against a server, and checks afterwards what is checked after every failure case.
 * @param connection What must have become of the connection, as in {@link FailureCase}.
 */
export async function withServer(
  responses: readonly ScriptedResponse[],
  test: (server: TestServer, options: Options & { signal: AbortSignal }, caller: AbortController) => Promise<void>,
  connection?: "closed" | "kept",
): Promise<void> {
  const server = await startServer(...responses);
  const leaks = startLeakCheck();
  const caller = new AbortController();
  try {
    await test(server, { ...serverOptions(server), signal: caller.signal }, caller);
    await expectConnections(server, connection);
    await leaks.check(caller.signal);
  } finally {
    leaks.stop();
    await server.close();
  }
}

function runCase(kind: CallKind, failureCase: FailureCase): Promise<void> {
  const { responses, abortAt, connection } = failureCase;
  const test = async (server: TestServer, { signal }: { signal: AbortSignal }, caller: AbortController) => {
    const abort = () => caller.abort(ABORT_REASON);
    if (abortAt?.startsWith("request")) void server.waitFor(abortAt).then(abort);
    const emit = (event: string) => {
      server.emit(event);
      if (event === abortAt) abort();
    };
    const options = { ...serverOptions(server, emit), signal, ...failureCase.options };
    const result = await withTimeout(callAndCatch(kind, failureCase, options, emit), "the end of the call");
    expectResult(kind, failureCase, result, server, signal);
  };
  return withServer(responses, test, connection);
}

function expectResult(
  kind: CallKind,
  { throws, delivers = "", requests = 1, check }: FailureCase,
  result: CallResult,
  server: TestServer,
  signal: AbortSignal,
): void {
  if (!throws && result.failed) throw result.error;
  expect(server.requests.length, "requests").toBe(requests);
  if (throws) expect(result.failed, `a failure, but the call gave ${JSON.stringify(result)}`).toBe(true);
  if (throws === "abort reason") expect(result.error, "the abort reason").toBe(signal.reason);
  else if (throws) expectServerError(result.error, { attempts: requests, ...throws });
  if (throws !== "abort reason" || kind === "stream") expect(result.text, "text delivered").toBe(delivers);
  check?.(result);
}

/**
 * Expects that no body was left unread. A connection that is neither closed nor free carries such a body: as many probes
 * at once as there were connections use all free ones and close them, so what then stays open is not free.
 */
async function expectConnections(server: TestServer, connection?: "closed" | "kept"): Promise<void> {
  const last = server.requests.at(-1);
  if (connection === "closed" && last) await withTimeout(last.closed, "the client's close");
  await flushEventLoop();
  const probe = () => globalThis.fetch(`${server.origin}/probe`);
  await Promise.all(Array.from({ length: server.openedConnections }, probe));
  if (connection === "kept") expect(server.openedConnections, "connections").toBe(1);
  await withTimeout(server.waitForOpenConnections(0), "the end of every connection: a body is left unread");
}
