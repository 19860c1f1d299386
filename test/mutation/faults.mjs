/**
 * Faults to plant in `src`, one at a time: the file, its text, what stands there instead, and the tests that must notice.
 * The text must stand in the file exactly once.
 *
 * @typedef {{ file: string, text: string, fault: string, tests: string[] }} Fault
 * @type {Fault[]}
 */
export const faults = [
  // Where a model leads
  ["route.ts", "/^(baseten|litellm_proxy)\\//", "/(baseten|litellm_proxy)\\//", "test/route.test.ts"],
  ["route.ts", "/^[a-z0-9]{8}$/i", "/^[a-z0-9]{7,8}$/i", "test/route.test.ts"],
  ["route.ts", "(?!development$)", "", "test/route.test.ts"],
  ["route.ts", '!url.href.includes("#")', "true", "test/route.test.ts"],
  ["route.ts", "!url.password", "true", "test/route.test.ts"],
  ["route.ts", "baseURL == null ?", "true ?", "test/keys.test.ts"],
  ["route.ts", '(!proxied && env("BASETEN_BASE_URL"))', 'env("BASETEN_BASE_URL")', "test/route.test.ts"],
  ["route.ts", "/(^|\\.)baseten\\.co\\.?$/", "/baseten\\.co\\.?$/", "test/route.test.ts test/keys.test.ts"],
  // What is sent
  ["wire/request.ts", "if (!streaming) delete body.stream_options;", "", "test/request.test.ts"],
  ["wire/request.ts", "asked?.include_usage ?? true", "true", "test/request.test.ts"],
  ["wire/request.ts", 'role: "system"', 'role: "user"', "test/request.test.ts"],
  ["wire/request.ts", "if (!baseten) return { ...request, model };", "", "test/request.test.ts"],
  ["wire/key.ts", "key.length < 8", "key.length < 80", "test/keys.test.ts"],
  ["wire/key.ts", "key.trim()", "key", "test/keys.test.ts"],
  ["http/send.ts", "if (keyNeeded && !text)", "if (false)", "test/keys.test.ts"],
  ["http/exchange.ts", 'redirect: "manual"', 'redirect: "follow"', "test/request.test.ts"],
  ["http/exchange.ts", "if (signal.aborted) throw signal.reason;", "", "test/failures/key.test.ts"],
  [
    "http/exchange.ts",
    "if (signal.aborted) discard(response);",
    "",
    "test/failures/fetch.test.ts test/failures/abort.test.ts",
  ],
  ["http/exchange.ts", "|| answersElsewhere ||", "||", "test/wire/failure.test.ts"],
  // When it is sent again
  ["http/retry.ts", "retries >= maxRetries", "retries > maxRetries", "test/http/retry.test.ts"],
  ["http/retry.ts", "[408, 429, 500,", "[408, 409, 429, 500,", "test/http/retry.test.ts"],
  ["http/retry.ts", "asked > PATIENCE ? undefined : asked", "asked", "test/http/retry.test.ts"],
  ["http/retry.ts", "(rejected || status === 504) && elapsed", "rejected && elapsed", "test/http/retry.test.ts"],
  ["http/send.ts", "delay >= left(deadline)", "false", "test/failures/time.test.ts test/http/retry.test.ts"],
  ["http/send.ts", "if (response) discard(response);", "", "test/failures/retry.test.ts test/failures/fetch.test.ts"],
  [
    "wire/status.ts",
    "Math.max(0, date - Date.now())",
    "date - Date.now()",
    "test/http/retry.test.ts test/wire/failure.test.ts",
  ],
  ["wire/status.ts", '401: "AuthenticationError"', '401: "PermissionDeniedError"', "test/wire/failure.test.ts"],
  // Time, and who ends a call
  ["http/deadline.ts", "deadline.interrupt?.(reason);", "", "test/failures/abort.test.ts"],
  ["http/deadline.ts", 'caller?.removeEventListener("abort", abort);', "", "test/failures/abort.test.ts"],
  ["http/deadline.ts", "clearTimeout(total);", "", "test/failures/time.test.ts"],
  ["http/limits.ts", "idle = 120_000", "idle = NONE", "test/options.test.ts test/http/deadline.test.ts"],
  [
    "http/iterator.ts",
    "for (const { resolve } of state.waiting.splice(0)) resolve({ done: true, value: undefined });",
    "",
    "test/http/iterator.test.ts",
  ],
  // What comes
  ["wire/sse.ts", "decoder.halfCRLF && text.charCodeAt(0) === LF ? 1 : 0", "0", "test/wire/sse.test.ts"],
  ["wire/sse.ts", "decoder.data}\\n", "decoder.data}", "test/wire/sse.test.ts"],
  ["wire/sse.ts", "> EVENT_LIMIT", "> EVENT_LIMIT * 2", "test/wire/sse.test.ts"],
  ["wire/reply.ts", 'if (choice.finish_reason === "") choice.finish_reason = null;', "", "test/stream.test.ts"],
  [
    "wire/reply.ts",
    "message.reasoning_content ??= message.reasoning",
    "void 0",
    "test/stream.test.ts test/completion.test.ts",
  ],
  ["wire/failure.ts", ".slice(0, 500)}", "}", "test/wire/failure.test.ts"],
  [
    "wire/failure.ts",
    "choices == null && typeof message",
    "typeof message",
    "test/stream.test.ts test/wire/failure.test.ts",
  ],
  ["wire/failure.ts", "globalThis.location ?", "false ?", "test/wire/failure.test.ts test/failures/network.test.ts"],
  // What the answer is
  ["stream.ts", "finished.size > 0 && [...", "[...", "test/stream.test.ts"],
  [
    "stream.ts",
    "if (aborted || !isComplete(answer)",
    "if (!isComplete(answer)",
    "test/failures/abort.test.ts test/failures/stream-ends.test.ts",
  ],
  [
    "stream.ts",
    'name === "APIError") throw error;',
    'name === "NoError") throw error;',
    "test/stream.test.ts test/failures/stream-ends.test.ts",
  ],
  ["stream.ts", "if (isWhole(rest(answer.events)))", "if (false)", "test/stream.test.ts"],
  ["stream.ts", '|| call.deadline.ended?.by === "caller") return;', ") return;", "test/failures/abort.test.ts"],
  ["stream.ts", "const LINGER = 50;", "const LINGER = 2 ** 31;", "test/failures/stream-ends.test.ts"],
  ["text.ts", "index === 0", "true", "test/text.test.ts"],
  ["collect.ts", "error.partial = finish(draft);", ";", "test/collect.test.ts"],
  ["collect.ts", "a.index - b.index", "b.index - a.index", "test/collect.test.ts"],
  ["wire/toolcalls.ts", '(call.name !== "" && call.name !== name) || isWhole(call)', "true", "test/collect.test.ts"],
  ["wire/toolcalls.ts", "call.id ??= known.id", "call.id = known.id ?? call.id", "test/collect.test.ts"],
].map(([file, text, fault, tests]) => ({ file, text, fault, tests: tests.split(" ") }));
