/** Error responses, the name that LiteLLM and this client give each, and how often each sends the request. */

/** The name of the error, and the number of requests. */
export type Ending = [name: string, requests: number];

/** A response, what LiteLLM makes of it, and what this client does where that differs. */
export interface ErrorCase {
  name: string;
  status: number;
  body: string;
  litellm: Ending;
  differs?: { here: Ending; why: string };
}

const errorCase = (status: number, body: string | object, litellm: string, requests = 1): ErrorCase => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { name: `${status} ${text}`, status, body: text, litellm: [litellm, requests] };
};

const differs = (name: string, why: string, unlike: ErrorCase, requests = unlike.litellm[1]): ErrorCase => ({
  ...unlike,
  differs: { here: [name, requests], why },
});

/** The first request, and both clients' two retries. */
const RETRIED = 3;

const errorBody = { error: { message: "some words", type: "some_type", param: null, code: "some_code" } };
const webName = "the web platform's name";
const openaiName = "OpenAI's name";
const requestFault = "4xx means that the request is at fault";

const STATUSES: ErrorCase[] = [
  errorCase(400, errorBody, "BadRequestError"),
  errorCase(401, errorBody, "AuthenticationError"),
  errorCase(404, errorBody, "NotFoundError"),
  errorCase(422, errorBody, "BadRequestError"),
  errorCase(429, errorBody, "RateLimitError", RETRIED),
  errorCase(500, errorBody, "InternalServerError", RETRIED),
  errorCase(429, { error: "rate limit exceeded", error_code: "rate_limited" }, "RateLimitError", RETRIED),
  errorCase(400, { message: "no", type: "Bad Request", code: 400, request_id: "a" }, "BadRequestError"),
  errorCase(404, { type: "error", error: { type: "not_found_error", message: "no" } }, "NotFoundError"),
  errorCase(401, "<html></html>", "AuthenticationError"),
  errorCase(400, "", "BadRequestError"),
  differs("PaymentRequiredError", "a name that tells the account from the key", errorCase(402, errorBody, "APIError")),
  differs("PermissionDeniedError", openaiName, errorCase(403, errorBody, "APIError")),
  differs(
    "AuthenticationError",
    "Baseten responds so to a wrong key",
    errorCase(403, { error: "check the api-key" }, "APIError"),
  ),
  differs("TimeoutError", webName, errorCase(408, errorBody, "Timeout", RETRIED)),
  differs(
    "BadRequestError",
    `${requestFault}; Baseten advises no retry`,
    errorCase(409, errorBody, "APIError", RETRIED),
    1,
  ),
  differs("BadRequestError", requestFault, errorCase(413, errorBody, "APIError")),
  differs(
    "InternalServerError",
    `${openaiName}; Baseten advises no retry`,
    errorCase(501, errorBody, "APIError", RETRIED),
    1,
  ),
  differs("InternalServerError", openaiName, errorCase(502, errorBody, "BadGatewayError", RETRIED)),
  differs("InternalServerError", openaiName, errorCase(503, errorBody, "ServiceUnavailableError", RETRIED)),
  differs("TimeoutError", webName, errorCase(504, errorBody, "Timeout", RETRIED)),
];

/** Messages that both report as ContextWindowExceededError. */
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

const exceeded = (status: number, message: string): ErrorCase =>
  errorCase(status, { error: { message, code: status } }, "ContextWindowExceededError");

export const ERROR_CASES: ErrorCase[] = [
  ...STATUSES,
  ...CONTEXT_WINDOW.flatMap((message) => [400, 413, 422].map((status) => exceeded(status, message))),
];
