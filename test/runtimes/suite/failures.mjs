/** Timeouts, truncated streams, retries, and what each error is called. */
import { assert, assertEqual, getRejection, rejectsWith } from "./assertions.mjs";
import { createEndpoint, hasBody, KEY, REQUEST } from "./endpoint.mjs";

/** Reads a stream until it fails; returns the text that came before, and the error. */
async function readUntilError(context, script, options) {
  const endpoint = createEndpoint(context, script);
  let text = "";
  const read = async () => {
    for await (const { choices } of context.lib.stream(REQUEST, endpoint.options(options))) {
      text += choices[0]?.delta.content ?? "";
      await endpoint.proceed();
    }
  };
  const error = await getRejection(read(), script);
  return { error, text, endpoint };
}

/** Long enough for a request to reach the server on a busy machine. */
const TIMEOUT_MS = 1_000;

async function checkTimeout(context, limit, script, timeout) {
  const endpoint = createEndpoint(context, script);
  const call = context.lib.completion(REQUEST, endpoint.options({ timeout }));
  const { message } = await rejectsWith(context, call, "TimeoutError", limit);
  assert(
    message.includes(`${TIMEOUT_MS} ms (timeout.${limit})`),
    `a message that names timeout.${limit}, got: ${message}`,
  );
  assert(await endpoint.waitForClose(), "the server to see the close");
}

async function checkIdleMidStream(context) {
  const { error, text, endpoint } = await readUntilError(context, "stall", { timeout: { idle: TIMEOUT_MS } });
  assertEqual([error.name, text], ["TimeoutError", "Hé"], "a stream that falls silent");
  assert(await endpoint.waitForClose(), "the server to see the close");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function idle(context) {
  const cases = [
    checkTimeout(context, "response", "silent", { response: TIMEOUT_MS }),
    checkTimeout(context, "total", "silent", TIMEOUT_MS),
  ];
  // A fetch without a body resolves when all of it is there: idle and response cannot be told apart.
  if (await hasBody(context)) {
    cases.push(checkTimeout(context, "idle", "half", { idle: TIMEOUT_MS }), checkIdleMidStream(context));
  }
  await Promise.all(cases);
}

/** @type {import("./endpoint.mjs").Suite} */
export async function truncated(context) {
  if (!(await hasBody(context))) return "its fetch gives no response.body: there is no stream to break off";
  const { collect, stream } = context.lib;
  const failures = { ends: "StreamTruncatedError", cut: "StreamTruncatedError", breaks: "APIConnectionError" };
  for (const [script, name] of Object.entries(failures)) {
    const { error, text } = await readUntilError(context, script);
    assertEqual([error.name, text], [name, "Hé"], script);
  }
  const promise = collect(stream(REQUEST, createEndpoint(context, "ends").options()));
  const { partial } = await rejectsWith(context, promise, "StreamTruncatedError", "collect");
  assertEqual(partial.choices[0].message.content, "Hé", "the partial completion");
  for (const script of ["finished", "unended", "open"]) {
    const { choices } = await collect(stream(REQUEST, createEndpoint(context, script).options()));
    assertEqual(choices[0].message.content, "Hé", script);
  }
}

/** @type {import("./endpoint.mjs").Suite} */
export async function retries(context) {
  const { completion } = context.lib;
  for (const [script, requests] of Object.entries({ "503-429-whole": 3, "504-whole": 2 })) {
    const endpoint = createEndpoint(context, script);
    await completion(REQUEST, endpoint.options());
    assertEqual((await endpoint.getRequests()).length, requests, `requests for ${script}`);
  }
  // A browser may repeat a request by itself when the connection breaks, so these requests are not counted.
  await completion(REQUEST, createEndpoint(context, "hangup-whole").options());
  for (const [script, more, requests] of [
    ["503", {}, 3],
    ["503", { maxRetries: 0 }, 1],
    ["400", {}, 1],
    ["later-whole", {}, 1],
  ]) {
    const endpoint = createEndpoint(context, script);
    const error = await getRejection(completion(REQUEST, endpoint.options(more)), script);
    assertEqual(
      [error.attempts, (await endpoint.getRequests()).length],
      [requests, requests],
      `requests for ${script}`,
    );
    if (script.startsWith("later")) assertEqual(error.retryAfter, 120_000, "retryAfter");
  }
}

/** The server's script, and the name of the error. */
const names = {
  400: "BadRequestError",
  context: "ContextWindowExceededError",
  401: "AuthenticationError",
  402: "PaymentRequiredError",
  403: "PermissionDeniedError",
  404: "NotFoundError",
  408: "TimeoutError",
  422: "BadRequestError",
  429: "RateLimitError",
  500: "InternalServerError",
  503: "InternalServerError",
  504: "TimeoutError",
  hangup: "APIConnectionError",
  failed: "APIError",
  html: "InvalidResponseError",
  redirect: "InvalidResponseError",
};

/** @type {import("./endpoint.mjs").Suite} */
export async function errors(context) {
  const { completion } = context.lib;
  for (const [script, name] of Object.entries(names)) {
    const endpoint = createEndpoint(context, script);
    const error = await rejectsWith(context, completion(REQUEST, endpoint.options({ maxRetries: 0 })), name, script);
    assert(error.message.includes("127.0.0.1"), `the host in: ${error.message}`);
    assert(!JSON.stringify([error.message, error.body, error]).includes(KEY), "no key in an error");
    if (!Number.isInteger(Number(script))) continue;
    const { status, code, type, param, requestId, attempts } = JSON.parse(JSON.stringify(error));
    assertEqual(
      [status, code, type, param, requestId, attempts],
      [+script, "c", "t", "p", "r-1", 1],
      `fields of ${script}`,
    );
    assert(
      error.message.includes("the server's words ***"),
      `the server's words, without the key, in: ${error.message}`,
    );
  }
  // A fetch without a body is React Native's, which follows redirects even with `redirect: "manual"`.
  if (!(await hasBody(context))) return;
  const endpoint = createEndpoint(context, "redirect");
  await rejectsWith(context, completion(REQUEST, endpoint.options()), "InvalidResponseError", "a redirect");
  assertEqual((await endpoint.getRequests()).length, 1, "requests for a redirect");
  for (const [script, name] of Object.entries({ event: "APIError", junk: "InvalidResponseError" })) {
    const { error, text } = await readUntilError(context, script);
    assertEqual([error.name, text], [name, "Hé"], script);
  }
}
