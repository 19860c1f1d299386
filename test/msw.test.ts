import { HttpResponse, http, type StrictRequest } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { collect, completion, type Options, stream, text } from "../src/index.js";
import { catchBasetenError } from "./helpers/catch-error.js";
import { clearEnvironment, setEnvironment } from "./helpers/environment.js";
import { API_KEY, DEPLOYMENT_MODEL, MODEL_SLUG, messages } from "./helpers/requests.js";
import {
  completionBody,
  contentChunk,
  DONE_EVENT,
  FINISH_EVENTS,
  HELLO_EVENTS,
  sseEvent,
} from "./helpers/wire-chunks.js";

clearEnvironment();

/** Baseten's addresses, written out here so that no code of the library computes them. */
const targets: [string, string, string, Options][] = [
  ["the Model API", MODEL_SLUG, "https://inference.baseten.co/v1/chat/completions", {}],
  [
    "a deployment",
    DEPLOYMENT_MODEL,
    "https://model-abcd1234.api.baseten.co/environments/production/sync/v1/chat/completions",
    {},
  ],
  [
    "another environment",
    DEPLOYMENT_MODEL,
    "https://model-abcd1234.api.baseten.co/environments/staging/sync/v1/chat/completions",
    { deployment: { environment: "staging" } },
  ],
  [
    "the development target",
    DEPLOYMENT_MODEL,
    "https://model-abcd1234.api.baseten.co/development/sync/v1/chat/completions",
    { deployment: { environment: "development" } },
  ],
  [
    "a deployment by id, of a model with a 7-character id",
    "Qwen/Qwen3-8B",
    "https://model-abc1234.api.baseten.co/deployment/q1w2e3r/sync/v1/chat/completions",
    { deployment: { modelId: "abc1234", deploymentId: "q1w2e3r" } },
  ],
  [
    "a regional environment",
    DEPLOYMENT_MODEL,
    "https://model-abcd1234-eu-prod.api.baseten.co/sync/v1/chat/completions",
    { deployment: { environment: "eu-prod", regional: true } },
  ],
];

/** The requests that arrived, in order. */
const requests: { url: string; headers: Record<string, string>; body: Record<string, unknown> }[] = [];

async function recordRequest(request: StrictRequest<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const body = await request.json();
  requests.push({ url: request.url, headers: Object.fromEntries(request.headers), body });
  return body;
}

const server = setupServer(
  ...targets.map(([, , url]) =>
    http.post<never, Record<string, unknown>>(url, async ({ request }) => {
      const { stream } = await recordRequest(request);
      if (!stream) return HttpResponse.json(completionBody("Hello"));
      return new HttpResponse(HELLO_EVENTS + FINISH_EVENTS, { headers: { "content-type": "text/event-stream" } });
    }),
  ),
);

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  server.resetHandlers();
  requests.length = 0;
});
afterAll(() => server.close());

/** Replaces the responses of the Model API until the end of the test; the last one is repeated. */
function respondAsModelAPI(...responses: (() => Response)[]): void {
  let count = 0;
  server.use(
    http.post<never, Record<string, unknown>>(targets[0]?.[2] ?? "", async ({ request }) => {
      await recordRequest(request);
      return (responses[Math.min(count++, responses.length - 1)] as () => Response)();
    }),
  );
}

describe("with the runtime's own fetch, at Baseten's addresses (MSW)", () => {
  it.each(targets)("%s answers completion and stream", async (_, model, url, options) => {
    setEnvironment({ BASETEN_API_KEY: API_KEY });
    expect(await completion({ model, messages }, options)).toEqual(completionBody("Hello"));
    const { choices, usage } = await collect(stream({ model, messages }, options));
    expect(choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant", content: "Hello" } });
    expect(usage).toEqual({ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 });
    expect(requests.map((request) => request.url)).toEqual([url, url]);
    for (const { headers, body } of requests) {
      expect(headers).toMatchObject({ authorization: `Bearer ${API_KEY}`, "content-type": "application/json" });
      expect(body).toMatchObject({ model: model.replace("baseten/", ""), messages });
    }
    expect(requests[1]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it("a 429 with retry-after-ms is retried until it succeeds", async () => {
    const busy = () => HttpResponse.json({ error: "slow down" }, { status: 429, headers: { "retry-after-ms": "1" } });
    respondAsModelAPI(busy, busy, () => HttpResponse.json(completionBody("Hello")));
    expect(await completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY })).toEqual(completionBody("Hello"));
    expect(requests.length).toBe(3);
  });

  it("a rejected API key is an AuthenticationError that does not show it", async () => {
    const body = { error: `please check the api-key you provided (${API_KEY})` };
    respondAsModelAPI(() => HttpResponse.json(body, { status: 403, headers: { "x-baseten-request-id": "req-1" } }));
    const error = await catchBasetenError(() => completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY }));
    expect(error).toMatchObject({ name: "AuthenticationError", status: 403, requestId: "req-1", attempts: 1 });
    expect(error.message).toBe("403 from inference.baseten.co: please check the api-key you provided (***)");
  });

  it("a network error is an APIConnectionError that has fetch's error as cause", async () => {
    respondAsModelAPI(() => HttpResponse.error());
    const error = await catchBasetenError(() =>
      completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY, maxRetries: 0 }),
    );
    expect(error).toMatchObject({ name: "APIConnectionError", attempts: 1 });
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it("a redirect rejects and sends nothing to its target", async () => {
    respondAsModelAPI(() => new Response(null, { status: 307, headers: { location: targets[1]?.[2] ?? "" } }));
    const error = await catchBasetenError(() => completion({ model: MODEL_SLUG, messages }, { apiKey: API_KEY }));
    expect(error).toMatchObject({ name: "InvalidResponseError", attempts: 1 });
    expect(requests.map(({ url }) => url)).toEqual([targets[0]?.[2]]);
  });

  it("a truncated stream rejects with StreamTruncatedError after its content", async () => {
    respondAsModelAPI(() => new Response(sseEvent(contentChunk("Hel")) + sseEvent(contentChunk("lo"))));
    const pieces: string[] = [];
    const error = await catchBasetenError(async () => {
      for await (const piece of text(stream({ model: MODEL_SLUG, messages }, { apiKey: API_KEY }))) pieces.push(piece);
    });
    expect(error.name).toBe("StreamTruncatedError");
    expect(pieces).toEqual(["Hel", "lo"]);
  });

  it("a stream that arrives byte by byte is read completely", async () => {
    const bytes = Buffer.from(sseEvent(contentChunk("é ☀ 🙂")) + DONE_EVENT);
    respondAsModelAPI(() => {
      const pieces = [...bytes].map((byte) => Uint8Array.of(byte)).values();
      return new Response(
        new ReadableStream({
          pull(controller) {
            const { done, value } = pieces.next();
            if (done) controller.close();
            else controller.enqueue(value);
          },
        }),
      );
    });
    const { choices } = await collect(stream({ model: MODEL_SLUG, messages }, { apiKey: API_KEY }));
    expect(choices[0]?.message.content).toBe("é ☀ 🙂");
  });
});
