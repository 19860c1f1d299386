/** A caller who leaves: nothing hangs, and the server sees it. */
import { ok, rejection, same } from "./expect.mjs";
import { REQUEST, streams, visit } from "./visit.mjs";

/** The reason that an abort rejects with. React Native's signals have none. */
function isReason(error, signal) {
  return signal.reason === undefined ? error?.name === "AbortError" : error === signal.reason;
}

async function abortedBefore(context) {
  const place = visit(context, "whole");
  const controller = new AbortController();
  controller.abort(new Error("mine"));
  const { signal } = controller;
  const error = await rejection(context.lib.completion(REQUEST, place.options({ signal })), "an aborted signal");
  ok(isReason(error, signal), `the signal's reason, got ${error}`);
  same(await place.seen(), [], "requests after an abort");
}

/** Leaves as soon as the server has the request, which answers nothing. */
async function abortedWaiting(context) {
  const place = visit(context, "silent");
  const controller = new AbortController();
  const { signal } = controller;
  const pending = rejection(context.lib.completion(REQUEST, place.options({ signal })), "an abort");
  await place.proceed();
  controller.abort();
  ok(isReason(await pending, signal), "the signal's reason");
  ok(await place.gone(), "the server to see the close");
}

async function abortedReading(context) {
  const place = visit(context, "stall");
  const controller = new AbortController();
  const { signal } = controller;
  const chunks = context.lib.stream(REQUEST, place.options({ signal }));
  await chunks.next();
  const pending = rejection(chunks.next(), "an abort");
  controller.abort(new Error("mine"));
  ok(isReason(await pending, signal), "the signal's reason");
  ok(await place.gone(), "the server to see the close");
  same(await chunks.next(), { done: true }, "what comes after the abort");
}

/** @type {import("./visit.mjs").Suite} */
export async function abort(context) {
  await abortedBefore(context);
  await abortedWaiting(context);
  if (await streams(context)) await abortedReading(context);
}

/** @type {import("./visit.mjs").Suite} */
export async function leave(context) {
  if (!(await streams(context))) return "its fetch gives no response.body: there is no stream to leave";
  const broken = visit(context, "stall");
  for await (const _ of context.lib.stream(REQUEST, broken.options())) break;
  ok(await broken.gone(), "the server to see the break");
  const returned = visit(context, "stall");
  const chunks = context.lib.stream(REQUEST, returned.options());
  await chunks.next();
  const pending = chunks.next();
  await chunks.return();
  same(await pending, { done: true }, "the next() that was waiting");
  ok(await returned.gone(), "the server to see the return");
}
