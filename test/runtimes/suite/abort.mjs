/** A caller that aborts or leaves the loop: nothing hangs, and the server notices. */
import { assert, assertEqual, getRejection } from "./assertions.mjs";
import { createEndpoint, hasBody, REQUEST } from "./endpoint.mjs";

/** Whether an abort rejected with the signal's reason. React Native's signals have none. */
function isReason(error, signal) {
  return signal.reason === undefined ? error?.name === "AbortError" : error === signal.reason;
}

async function checkAbortBefore(context) {
  const endpoint = createEndpoint(context, "whole");
  const controller = new AbortController();
  controller.abort(new Error("mine"));
  const { signal } = controller;
  const error = await getRejection(context.lib.completion(REQUEST, endpoint.options({ signal })), "an aborted signal");
  assert(isReason(error, signal), `the signal's reason, got ${error}`);
  assertEqual(await endpoint.getRequests(), [], "requests after an abort");
}

/** Aborts as soon as the server has the request, to which it never responds. */
async function checkAbortWaiting(context) {
  const endpoint = createEndpoint(context, "silent");
  const controller = new AbortController();
  const { signal } = controller;
  const pending = getRejection(context.lib.completion(REQUEST, endpoint.options({ signal })), "an abort");
  await endpoint.proceed();
  controller.abort();
  assert(isReason(await pending, signal), "the signal's reason");
  assert(await endpoint.waitForClose(), "the server to see the close");
}

async function checkAbortReading(context) {
  const endpoint = createEndpoint(context, "stall");
  const controller = new AbortController();
  const { signal } = controller;
  const chunks = context.lib.stream(REQUEST, endpoint.options({ signal }));
  await chunks.next();
  const pending = getRejection(chunks.next(), "an abort");
  controller.abort(new Error("mine"));
  assert(isReason(await pending, signal), "the signal's reason");
  assert(await endpoint.waitForClose(), "the server to see the close");
  assertEqual(await chunks.next(), { done: true }, "what comes after the abort");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function abort(context) {
  await checkAbortBefore(context);
  await checkAbortWaiting(context);
  if (await hasBody(context)) await checkAbortReading(context);
}

/** @type {import("./endpoint.mjs").Suite} */
export async function breakLoop(context) {
  if (!(await hasBody(context))) return "its fetch gives no response.body: there is no stream to leave";
  const broken = createEndpoint(context, "stall");
  for await (const _ of context.lib.stream(REQUEST, broken.options())) break;
  assert(await broken.waitForClose(), "the server to see the break");
  const returned = createEndpoint(context, "stall");
  const chunks = context.lib.stream(REQUEST, returned.options());
  await chunks.next();
  const pending = chunks.next();
  await chunks.return();
  assertEqual(await pending, { done: true }, "the next() that was waiting");
  assert(await returned.waitForClose(), "the server to see the return");
}
