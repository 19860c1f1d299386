/** Bad days: silence, half an answer, and servers that say no. */
import { fails, ok, rejection, same } from "./expect.mjs";
import { KEY, REQUEST, streams, visit } from "./visit.mjs";

/** The texts that came before a stream failed, and the failure. */
async function drain(context, answers, options) {
  const place = visit(context, answers);
  let text = "";
  const read = async () => {
    for await (const { choices } of context.lib.stream(REQUEST, place.options(options))) {
      text += choices[0]?.delta.content ?? "";
      await place.proceed();
    }
  };
  const error = await rejection(read(), answers);
  return { error, text, place };
}

/** Long enough for a request to reach the server on a busy machine. */
const PATIENCE = 1_000;

async function silence(context, limit, answers, timeout) {
  const place = visit(context, answers);
  const call = context.lib.completion(REQUEST, place.options({ timeout }));
  const { message } = await fails(context, call, "TimeoutError", limit);
  ok(message.includes(`${PATIENCE} ms (timeout.${limit})`), `a message that names timeout.${limit}, got: ${message}`);
  ok(await place.gone(), "the server to see the close");
}

async function silenceMidway(context) {
  const { error, text, place } = await drain(context, "stall", { timeout: { idle: PATIENCE } });
  same([error.name, text], ["TimeoutError", "Hé"], "a stream that falls silent");
  ok(await place.gone(), "the server to see the close");
}

/** @type {import("./visit.mjs").Suite} */
export async function idle(context) {
  const cases = [
    silence(context, "response", "silent", { response: PATIENCE }),
    silence(context, "total", "silent", PATIENCE),
  ];
  // A fetch without a body to read waits for all of it: there is no telling silence from headers that are late.
  if (await streams(context)) {
    cases.push(silence(context, "idle", "half", { idle: PATIENCE }), silenceMidway(context));
  }
  await Promise.all(cases);
}

/** @type {import("./visit.mjs").Suite} */
export async function truncated(context) {
  if (!(await streams(context))) return "its fetch gives no response.body: there is no stream to break off";
  const { collect, stream } = context.lib;
  const failures = { ends: "StreamTruncatedError", cut: "StreamTruncatedError", breaks: "APIConnectionError" };
  for (const [answers, name] of Object.entries(failures)) {
    const { error, text } = await drain(context, answers);
    same([error.name, text], [name, "Hé"], answers);
  }
  const promise = collect(stream(REQUEST, visit(context, "ends").options()));
  const { partial } = await fails(context, promise, "StreamTruncatedError", "collect");
  same(partial.choices[0].message.content, "Hé", "the partial completion");
  for (const answers of ["finished", "unended", "open"]) {
    const { choices } = await collect(stream(REQUEST, visit(context, answers).options()));
    same(choices[0].message.content, "Hé", answers);
  }
}

/** @type {import("./visit.mjs").Suite} */
export async function retries(context) {
  const { completion } = context.lib;
  for (const [answers, requests] of Object.entries({ "503-429-whole": 3, "504-whole": 2 })) {
    const place = visit(context, answers);
    await completion(REQUEST, place.options());
    same((await place.seen()).length, requests, `requests for ${answers}`);
  }
  // A browser may send a request again by itself when the connection breaks, so these are not counted.
  await completion(REQUEST, visit(context, "hangup-whole").options());
  for (const [answers, more, requests] of [
    ["503", {}, 3],
    ["503", { maxRetries: 0 }, 1],
    ["400", {}, 1],
    ["later-whole", {}, 1],
  ]) {
    const place = visit(context, answers);
    const error = await rejection(completion(REQUEST, place.options(more)), answers);
    same([error.attempts, (await place.seen()).length], [requests, requests], `requests for ${answers}`);
    if (answers.startsWith("later")) same(error.retryAfter, 120_000, "retryAfter");
  }
}

/** What a server answers, and what the error is called. */
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

/** @type {import("./visit.mjs").Suite} */
export async function errors(context) {
  const { completion } = context.lib;
  for (const [answers, name] of Object.entries(names)) {
    const place = visit(context, answers);
    const error = await fails(context, completion(REQUEST, place.options({ maxRetries: 0 })), name, answers);
    ok(error.message.includes("127.0.0.1"), `the host in: ${error.message}`);
    ok(!JSON.stringify([error.message, error.body, error]).includes(KEY), "no key in an error");
    if (!Number.isInteger(Number(answers))) continue;
    const { status, code, type, param, requestId, attempts } = JSON.parse(JSON.stringify(error));
    same([status, code, type, param, requestId, attempts], [+answers, "c", "t", "p", "r-1", 1], `fields of ${answers}`);
    ok(error.message.includes("the server's words ***"), `the server's words, without the key, in: ${error.message}`);
  }
  // A fetch without a body to read is React Native's, which follows a redirect whatever it is told.
  if (!(await streams(context))) return;
  const place = visit(context, "redirect");
  await fails(context, completion(REQUEST, place.options()), "InvalidResponseError", "a redirect");
  same((await place.seen()).length, 1, "requests for a redirect");
  for (const [answers, name] of Object.entries({ event: "APIError", junk: "InvalidResponseError" })) {
    const { error, text } = await drain(context, answers);
    same([error.name, text], [name, "Hé"], answers);
  }
}
