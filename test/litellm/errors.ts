/** Answers that are errors, what LiteLLM and this client call them, and how often each asks before it says so. */

/** The name of the error, and the requests that were sent. */
export type Ending = [name: string, requests: number];

/** An answer, what LiteLLM makes of it, and what this client does where that is something else. */
export interface Failing {
  name: string;
  status: number;
  body: string;
  litellm: Ending;
  differs?: { here: Ending; why: string };
}

const fails = (status: number, body: string | object, litellm: string, requests = 1): Failing => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { name: `${status} ${text}`, status, body: text, litellm: [litellm, requests] };
};

const but = (name: string, why: string, failing: Failing, requests = failing.litellm[1]): Failing => ({
  ...failing,
  differs: { here: [name, requests], why },
});

/** The first request, and both clients' two retries. */
const RETRIED = 3;

const words = { error: { message: "some words", type: "some_type", param: null, code: "some_code" } };
const theWebs = "the web's name for it";
const OpenAIs = "OpenAI's name for it";
const theRequests = "the request is at fault, as in all of 4xx";

const STATUSES: Failing[] = [
  fails(400, words, "BadRequestError"),
  fails(401, words, "AuthenticationError"),
  fails(404, words, "NotFoundError"),
  fails(422, words, "BadRequestError"),
  fails(429, words, "RateLimitError", RETRIED),
  fails(500, words, "InternalServerError", RETRIED),
  fails(429, { error: "rate limit exceeded", error_code: "rate_limited" }, "RateLimitError", RETRIED),
  fails(400, { message: "no", type: "Bad Request", code: 400, request_id: "a" }, "BadRequestError"),
  fails(404, { type: "error", error: { type: "not_found_error", message: "no" } }, "NotFoundError"),
  fails(401, "<html></html>", "AuthenticationError"),
  fails(400, "", "BadRequestError"),
  but("PaymentRequiredError", "a name that says who has to act", fails(402, words, "APIError")),
  but("PermissionDeniedError", OpenAIs, fails(403, words, "APIError")),
  but("AuthenticationError", "so Baseten answers a wrong key", fails(403, { error: "check the api-key" }, "APIError")),
  but("TimeoutError", theWebs, fails(408, words, "Timeout", RETRIED)),
  but("BadRequestError", `${theRequests}; Baseten advises no retry`, fails(409, words, "APIError", RETRIED), 1),
  but("BadRequestError", theRequests, fails(413, words, "APIError")),
  but("InternalServerError", `${OpenAIs}; Baseten advises no retry`, fails(501, words, "APIError", RETRIED), 1),
  but("InternalServerError", OpenAIs, fails(502, words, "BadGatewayError", RETRIED)),
  but("InternalServerError", OpenAIs, fails(503, words, "ServiceUnavailableError", RETRIED)),
  but("TimeoutError", theWebs, fails(504, words, "Timeout", RETRIED)),
];

/** Texts that both take for a context window exceeded. */
const CONTEXT_WINDOW: string[] = [
  "input length and max_tokens exceed context limit: 5 + 6 > 10",
  "This model's maximum context length is 10 tokens.",
  "You asked for more than this model's maximum context limit.",
  "string too long. Expected a string with maximum length 10",
  "The prompt is longer than the model's context length.",
  "Input tokens exceed the configured limit of 10 tokens.",
  "`inputs` tokens + `max_new_tokens` must be <= 10",
  "the request exceeds the available context size",
  "the input exceeds the maximum number of tokens allowed",
  "Current length is 11 while limit is 10",
  "The maximum input length is 10 tokens.",
];

const exceeded = (status: number, message: string): Failing =>
  fails(status, { error: { message, code: status } }, "ContextWindowExceededError");

export const FAILING: Failing[] = [
  ...STATUSES,
  ...CONTEXT_WINDOW.flatMap((message) => [400, 413, 422].map((status) => exceeded(status, message))),
];
