/**
 * How a row of the failure table is run: one misbehaving server, one call, and what the caller is told. After every row
 * the same is checked: no timer, listener, unread body or unheard rejection stays behind, and no error shows the key.
 */

import { describe, expect, it } from "vitest";
import { BasetenError, type ChatCompletionChunk, collect, completion, type Options, stream } from "../../src/index.js";
import { KEY, REQUEST } from "../helpers/chat.js";
import { settled, soon, watch } from "../helpers/leaks.js";
import { type Answer, serve, type TestServer } from "../helpers/server.js";

export type Kind = "completion" | "stream" | "collect";
export const ALL: readonly Kind[] = ["completion", "stream", "collect"];
export const STREAMED: readonly Kind[] = ["stream", "collect"];
export const WHOLE: readonly Kind[] = ["completion"];

/** What an error must be. Of `attempts` the default is how many requests the server saw. */
export interface Failure {
  name: string | readonly string[];
  /** Each must be in the message; a string stands for itself. */
  says?: readonly (string | RegExp)[];
  /** None may be in the message. */
  hides?: readonly (string | RegExp)[];
  attempts?: number;
  /** Other fields. */
  fields?: Record<string, unknown>;
  /** Whether there must be a `cause`. */
  cause?: true;
}

/** One way in which a server, a network or a caller misbehaves. */
export interface Row {
  name: string;
  /** One answer per request, the last for all further ones. */
  answers: readonly Answer[];
  options?: Options;
  request?: Record<string, unknown>;
  /** The text of choice 0 that is delivered, before the failure if there is one. Default: none. */
  gives?: string;
  /** Absent: the call succeeds. `reason`: it rejects with the signal's own reason. */
  fails?: Failure | "reason";
  /** Requests that the server has seen at the end. Default 1. */
  requests?: number;
  /** `closed`: the client closes the last one; `kept`: one connection serves it all, and a next call. */
  connection?: "closed" | "kept";
  /** The caller aborts at this word: `request 1`, `headers`, `chunk 1`, … */
  abort?: string;
  /** The caller leaves its loop at this chunk. */
  leaves?: number;
  /** Further checks on what was delivered. */
  check?: (result: Result) => void;
  only?: readonly Kind[];
}

/** What a caller has got from a call. */
export interface Result {
  text: string;
  chunks: ChatCompletionChunk[];
  value?: unknown;
  error?: unknown;
  failed: boolean;
}

/** One test per row and call. */
export function table(title: string, kinds: readonly Kind[], rows: readonly Row[]): void {
  describe.each(kinds)(`${title}: %s`, (kind) => {
    const applies = rows.filter(({ only }) => only?.includes(kind) ?? true);
    it.each(applies.map((row) => [row.name, row] as const))("%s", (_, row) => run(kind, row));
  });
}

/** A server for one test that is no row, with the same checks behind it. */
export async function against(
  answers: readonly Answer[],
  test: (server: TestServer, options: Options & { signal: AbortSignal }, caller: AbortController) => Promise<void>,
): Promise<void> {
  const server = await serve(...answers);
  const leaks = watch();
  const caller = new AbortController();
  try {
    await test(server, { ...defaults(server), signal: caller.signal }, caller);
    await expectConnections({ name: "", answers }, server);
    await leaks.check(caller.signal);
  } finally {
    leaks.stop();
    await server.close();
  }
}

async function run(kind: Kind, row: Row): Promise<void> {
  const server = await serve(...row.answers);
  const leaks = watch();
  try {
    const caller = new AbortController();
    const abort = () => caller.abort(REASON);
    if (row.abort?.startsWith("request")) void server.heard(row.abort).then(abort);
    const tell = (word: string) => {
      server.tell(word);
      if (word === row.abort) abort();
    };
    const options = { ...defaults(server, tell), signal: caller.signal, ...row.options };
    const result = await soon(call(kind, row, options, tell), "the end of the call");
    expectResult(kind, row, result, server, caller.signal);
    await expectConnections(row, server);
    await leaks.check(caller.signal);
  } finally {
    leaks.stop();
    await server.close();
  }
}

/** What a promise rejects with, soon. */
export function caught(promise: Promise<unknown>): Promise<unknown> {
  return soon(promise, "the end of the call").then(
    (value) => `no error, but ${JSON.stringify(value)}`,
    (error: unknown) => error,
  );
}

/** What the caller of a row aborts with. */
export const REASON: Error = Object.freeze(new Error("the visitor pressed Stop"));

async function call(kind: Kind, row: Row, options: Options, tell: (word: string) => void): Promise<Result> {
  const result: Result = { text: "", chunks: [], failed: false };
  try {
    await perform(kind, row, result, options, tell);
  } catch (error) {
    result.failed = true;
    result.error = error;
    if (kind === "collect" && error instanceof BasetenError) result.text = textOf(error.partial);
  }
  return result;
}

/** Options that lead to the server; `tell` hears of the headers. */
export function defaults(server: TestServer, tell: (word: string) => void = server.tell): Options {
  return {
    baseURL: `${server.origin}/v1`,
    apiKey: KEY,
    fetch: async (input, init) => {
      const response = await globalThis.fetch(input, init);
      tell("headers");
      return response;
    },
  };
}

async function perform(
  kind: Kind,
  row: Row,
  result: Result,
  options: Options,
  tell: (word: string) => void,
): Promise<void> {
  const request = { ...REQUEST, ...row.request };
  const chunks = (): AsyncGenerator<ChatCompletionChunk> => tapped(stream(request, options), result.chunks, tell);
  if (kind === "stream") {
    for await (const chunk of chunks()) {
      result.text += chunk.choices.find(({ index }) => index === 0)?.delta.content ?? "";
      if (result.chunks.length === row.leaves) break;
    }
  } else {
    result.value = await (kind === "collect" ? collect(chunks()) : completion(request, options));
    result.text = textOf(result.value);
  }
}

/** The chunks as they are, while the row hears of each. */
async function* tapped(
  chunks: AsyncIterable<ChatCompletionChunk>,
  seen: ChatCompletionChunk[],
  tell: (word: string) => void,
): AsyncGenerator<ChatCompletionChunk> {
  for await (const chunk of chunks) {
    seen.push(chunk);
    tell(`chunk ${seen.length}`);
    yield chunk;
  }
}

function textOf(completion: unknown): string {
  const { choices } = (completion ?? {}) as { choices?: { message?: { content?: string | null } }[] };
  return choices?.[0]?.message?.content ?? "";
}

function expectResult(kind: Kind, row: Row, result: Result, server: TestServer, signal: AbortSignal): void {
  if (!row.fails && result.failed) throw result.error;
  expect(server.requests.length, "requests").toBe(row.requests ?? 1);
  if (row.fails) expect(result.failed, `a failure, but the call gave ${JSON.stringify(result)}`).toBe(true);
  const sent = server.requests.length;
  if (row.fails === "reason") expect(result.error, "the reason itself").toBe(signal.reason);
  else if (row.fails) expectError(result.error, { attempts: sent, ...row.fails }, sent);
  if (row.fails !== "reason" || kind === "stream") expect(result.text, "text delivered").toBe(row.gives ?? "");
  row.check?.(result);
}

/** Checks an error against what it must be; `sent` requests make it name the host. */
export function expectError(error: unknown, failure: Failure, sent = 0): void {
  expect(error).toBeInstanceOf(BasetenError);
  const known = error as BasetenError;
  expect([failure.name].flat(), `${known.name}: ${known.message}`).toContain(known.name);
  const host = sent > 0 ? ["127.0.0.1"] : [];
  for (const part of [...(failure.says ?? []), ...host]) expectPart(known.message, part, true);
  for (const part of failure.hides ?? []) expectPart(known.message, part, false);
  if (failure.attempts !== undefined) expect(known.attempts, "attempts").toBe(failure.attempts);
  for (const [field, value] of Object.entries(failure.fields ?? {})) {
    expect(Reflect.get(known, field), field).toEqual(value);
  }
  if (failure.cause) expect(known.cause, "cause").toBeDefined();
  expect(Object.keys(known), "cause is not enumerable").not.toContain("cause");
  expectNoKey(known);
}

function expectPart(message: string, part: string | RegExp, there: boolean): void {
  const found = typeof part === "string" ? message.includes(part) : part.test(message);
  expect(found, `${part} ${there ? "is missing from" : "is in"}: ${message}`).toBe(there);
}

function expectNoKey(error: BasetenError): void {
  const shown = [error.message, String(error.stack), JSON.stringify(error), ...(error.headers ?? [])].join("\n");
  expect(shown).not.toContain(KEY);
}

/**
 * A connection that is neither closed nor free carries a body that nobody reads. As many probes at once as there were
 * connections take all that are free, and close them; what then stays open is not free.
 */
async function expectConnections(row: Row, server: TestServer): Promise<void> {
  const last = server.requests.at(-1);
  if (row.connection === "closed" && last) await soon(last.gone, "the client's close");
  await settled();
  const probe = () => globalThis.fetch(`${server.origin}/probe`);
  await Promise.all(Array.from({ length: server.connections }, probe));
  if (row.connection === "kept") expect(server.connections, "connections").toBe(1);
  await soon(server.atMost(0), "the end of every connection: a body is left unread");
}
