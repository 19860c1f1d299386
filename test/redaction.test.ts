import { describe, expect, it } from "vitest";
import { type BasetenError, completion, type Options, stream } from "../src/index.js";
import { catchBasetenError } from "./helpers/catch-error.js";
import { clearEnvironment, setEnvironment } from "./helpers/environment.js";
import {
  jsonResponse,
  type RecordedFetch,
  type Responder,
  recordedFetch,
  sseResponse,
} from "./helpers/recorded-fetch.js";
import { API_KEY, MODEL_SLUG, messages } from "./helpers/requests.js";
import { contentChunk, DONE_EVENT, sseEvent } from "./helpers/wire-chunks.js";

clearEnvironment();

/** Everything that an error shows, in one text. */
function allText(error: BasetenError): string {
  const { message, stack, body, code, type, param, requestId, headers } = error;
  const parts = [message, stack, body, code, type, param, requestId, ...(headers ?? []), JSON.stringify(error)];
  return parts.flat().join("\n");
}

describe("an API key that is repeated", () => {
  const inBody = {
    message: `no such key ${API_KEY}`,
    type: `type ${API_KEY}`,
    code: `code-${API_KEY}`,
    param: `param.${API_KEY}`,
  };
  const escaped = (text: string) => text.replace(API_KEY, `\\u0074${API_KEY.slice(1)}`);

  async function catchCallError(
    respond: Responder,
    call: "completion" | "stream" = "completion",
    options: Options = {},
  ): Promise<BasetenError> {
    const all: Options = { apiKey: API_KEY, fetch: recordedFetch(respond), maxRetries: 0, ...options };
    const request = { model: MODEL_SLUG, messages };
    const readAll = async () => {
      for await (const _ of stream(request, all));
    };
    return catchBasetenError(() => (call === "stream" ? readAll() : completion(request, all)));
  }

  it.each<[string, Responder, ("completion" | "stream")?]>([
    ["the fields of an error", jsonResponse({ error: inBody }, 401)],
    ["an error string", jsonResponse({ error: `bad ${API_KEY} and ${API_KEY}`, error_code: API_KEY }, 400)],
    ["an error that is not inside an error object", jsonResponse({ ...inBody, request_id: API_KEY }, 400)],
    ["HTML", jsonResponse(`<html>${API_KEY}</html>`, 502)],
    ["a header", jsonResponse({}, 500, { "x-echo": `Bearer ${API_KEY}`, "x-request-id": API_KEY })],
    ["an error inside a 200", jsonResponse({ error: inBody })],
    ["a 200 that is not a completion", jsonResponse({ echo: API_KEY })],
    ["HTML with status 200", jsonResponse(`<html>${API_KEY}</html>`)],
    ["a content type", jsonResponse("<html>", 200, { "content-type": `text/html; a=${API_KEY}` })],
    ["an error event", sseResponse([sseEvent(contentChunk("Hel")), sseEvent({ error: inBody })]), "stream"],
    ["an event that is not JSON", sseResponse([`data: {${API_KEY}\n\n`]), "stream"],
    ["HTML instead of a stream", sseResponse([`<html>${API_KEY}`]), "stream"],
    ["a redirect's Location", jsonResponse("", 307, { location: `https://else.example/?key=${API_KEY}` })],
    ["JSON that escapes one of its characters", jsonResponse(escaped(JSON.stringify({ error: inBody })), 401)],
    [
      "an error event that escapes one of its characters",
      sseResponse([escaped(sseEvent({ error: inBody })), DONE_EVENT]),
      "stream",
    ],
  ])("in %s is replaced by ***", async (_, respond, call) => {
    const text = allText(await catchCallError(respond, call));
    expect(text).not.toContain(API_KEY);
    expect(text).toContain("***");
  });

  it.each(Array.from({ length: API_KEY.length + 1 }, (_, cut) => cut))(
    "in a long HTML page is not shown in part if a read ends after %i of its characters",
    async (cut) => {
      const page = `<${"x".repeat(480)}${API_KEY}${"y".repeat(600)}`;
      const error = await catchCallError(sseResponse([page.slice(0, 481 + cut), page.slice(481 + cut)]), "stream");
      expect(error.name).toBe("InvalidResponseError");
      expect(allText(error)).not.toContain(API_KEY.slice(0, 6));
      const broken = await catchCallError(sseResponse([page.slice(0, 481 + cut), new TypeError("reset")]), "stream");
      expect(broken.name).toBe("InvalidResponseError");
      if (cut < API_KEY.length) expect(allText(broken)).not.toContain(API_KEY.slice(0, 6));
    },
  );

  it("in a long content type is not shown in part", async () => {
    for (let before = 80; before < 500; before += 5) {
      const type = `${"x".repeat(before)}${API_KEY}`;
      const error = await catchCallError(jsonResponse("<html>", 200, { "content-type": type }));
      expect(error.name).toBe("InvalidResponseError");
      expect(error.message).not.toContain(API_KEY.slice(0, 4));
    }
  });

  it("in a content type that ends inside it is not shown in part", async () => {
    for (let length = 4; length < API_KEY.length; length++) {
      const type = `text/${API_KEY.slice(0, length)}`;
      const error = await catchCallError(jsonResponse("<html>", 200, { "content-type": type }));
      expect(error.message).toContain("(text/***): <html>");
    }
  });

  it("in an error that fetch throws is not shown in the message", async () => {
    const error = await catchCallError(() => Promise.reject(new TypeError(`bad header: Bearer ${API_KEY}`)));
    expect(error.name).toBe("APIConnectionError");
    expect(allText(error)).not.toContain(API_KEY);
  });

  it.each([`https://gateway.example/v1?key=${API_KEY}`, `https://${API_KEY}.example/v1`])(
    "in the URL %s is replaced by ***",
    async (baseURL) => {
      const error = await catchCallError(jsonResponse({}, 500), "completion", { baseURL });
      expect(allText(error)).not.toContain(API_KEY);
      expect(error.url).toContain("***");
    },
  );

  it.each<[string, string, Options]>([
    ["that comes from the environment", "key-of-the-environment", { apiKey: undefined }],
    ["that a function returns", "key-of-the-function", { apiKey: async () => "key-of-the-function" }],
    [
      "in an authorization header with Bearer",
      "key-of-the-header",
      { headers: { authorization: "Bearer key-of-the-header" } },
    ],
    [
      "in an authorization header with Api-Key",
      "key-of-the-header",
      { headers: { authorization: "Api-Key key-of-the-header" } },
    ],
    ["of 8 characters", "12345678", { apiKey: "12345678" }],
    ["with the special characters of a RegExp", "k.*+?^$(){}|[]", { apiKey: "k.*+?^$(){}|[]" }],
    ["with characters that JSON escapes", 'key-"with"\\both', { apiKey: 'key-"with"\\both' }],
  ])("%s is replaced by *** in message, code and body", async (_, key, options) => {
    setEnvironment({ BASETEN_API_KEY: "key-of-the-environment" });
    const error = await catchCallError(
      jsonResponse({ error: { message: `not ${key}!`, code: key } }, 401),
      "completion",
      options,
    );
    expect(error.message).toBe("401 from inference.baseten.co: not ***!");
    expect(error.code).toBe("***");
    expect(error.body).not.toContain(key);
  });

  it("of fewer than 8 characters is not replaced, since it may be part of ordinary text", async () => {
    const error = await catchCallError(jsonResponse({ error: "1234567 tokens" }, 400), "completion", {
      apiKey: "1234567",
    });
    expect(error.message).toBe("400 from inference.baseten.co: 1234567 tokens");
  });

  it("of the last attempt is replaced in that attempt's error", async () => {
    const keys = ["first-key-of-two", "second-key-of-two"];
    const fetch: RecordedFetch = recordedFetch(
      jsonResponse({}, 503, { "retry-after": "0" }),
      jsonResponse({ error: "second-key-of-two" }, 503),
    );
    const error = await catchCallError(() => new Response(), "completion", {
      fetch,
      apiKey: () => keys.shift(),
      maxRetries: 1,
    });
    expect(error.message).toBe("503 from inference.baseten.co: ***");
  });

  it("is replaced before the message is cut to 500 characters", async () => {
    const error = await catchCallError(jsonResponse({ error: `${"x".repeat(490)}${API_KEY}` }, 400));
    expect(error.message.endsWith(`${"x".repeat(490)}***`)).toBe(true);
  });
});
