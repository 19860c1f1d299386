import { describe, expect, it } from "vitest";
import { callRelay, createRequest, expectError } from "./relay-setup.js";

describe("the request", () => {
  it.each([
    ["POST", "/chat/completions"],
    ["POST", "/v1/chat/completions"],
    ["POST", "/api/ai/v1/chat/completions"],
    ["POST", "/openai/deployments/x/chat/completions?api-version=1"],
    ["POST", "//chat//completions/../../chat/completions"],
    ["POST", "/models/../chat/completions"],
    ["POST", "/models/%2e%2e/chat/completions"],
    ["POST", "/\\chat\\completions"],
    ["POST", "/v1/responses"],
    ["POST", "/v1/messages?beta=true"],
    ["POST", "/api/embeddings"],
    ["GET", "/models"],
    ["GET", "/v1/models?limit=1"],
    ["GET", "/chat/completions/../../models"],
  ])("%s %s is served, and nothing of its path or query goes upstream", async (method, path) => {
    const request = createRequest({ method, path });
    const { response, sent } = await callRelay(request, { baseURL: "https://up.example/base?q=1" });
    expect(response.status).toBe(200);
    const [tail] =
      /\/(models|responses|messages|embeddings|chat.completions)(?=$|\?)/.exec(new URL(request.url).href) ?? [];
    expect(sent.map(({ url }) => url)).toEqual([`https://up.example/base${tail}?q=1`]);
  });

  it.each([
    ["POST", "/"],
    ["POST", "/chat/completions/"],
    ["POST", "/v1/completions"],
    ["POST", "/xchat/completions"],
    ["POST", "/chat%2Fcompletions"],
    ["POST", "/chat/completions%00"],
    ["POST", "/chat/completions/.."],
    ["POST", "/chat/completions;x=1"],
    ["POST", "/CHAT/COMPLETIONS"],
    ["POST", "/x?/chat/completions"],
    ["POST", "/v1/messages/count_tokens"],
    ["GET", "/v1/responses/resp_1"],
    ["POST", "/v1/chat//completions"],
    ["POST", "/v1/chat%5Ccompletions"],
    ["POST", "/v1/models/"],
    ["GET", "/v1/models/openai/gpt-oss-120b"],
    ["GET", "/xmodels"],
    ["OPTIONS", "/nowhere"],
  ])("%s %s is a 404", async (method, path) => {
    const { response, sent } = await callRelay(createRequest({ method, path }));
    await expectError(response, 404);
    expect(sent).toEqual([]);
  });

  it.each([
    ["GET", "/v1/chat/completions", "POST, OPTIONS"],
    ["HEAD", "/v1/chat/completions", "POST, OPTIONS"],
    ["PUT", "/v1/chat/completions", "POST, OPTIONS"],
    ["DELETE", "/v1/chat/completions", "POST, OPTIONS"],
    ["GET", "/v1/responses", "POST, OPTIONS"],
    ["DELETE", "/v1/messages", "POST, OPTIONS"],
    ["GET", "/v1/embeddings", "POST, OPTIONS"],
    ["POST", "/v1/models", "GET, OPTIONS"],
    ["HEAD", "/v1/models", "GET, OPTIONS"],
    ["PATCH", "/v1/models", "GET, OPTIONS"],
  ])("%s %s is a 405 that allows %s", async (method, path, allow) => {
    const { response, sent } = await callRelay(createRequest({ method, path }));
    await expectError(response, 405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(sent).toEqual([]);
  });
});
