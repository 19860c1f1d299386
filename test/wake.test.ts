import { describe, expect, it } from "vitest";
import { emulator } from "../src/emulator/index.js";
import { type Options, wake } from "../src/index.js";
import { catchBasetenError, catchError, expectRefusal } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { flushEventLoop, startLeakCheck } from "./helpers/leak-check.js";
import { jsonResponse, pendingResponse, recordedFetch, scriptedBody } from "./helpers/recorded-fetch.js";
import { API_KEY, DEPLOYMENT_MODEL, MODEL_SLUG, singleAttempt } from "./helpers/requests.js";

clearEnvironment();

describe("wake", () => {
  it.each<[string, string, Options, string]>([
    [
      "production by default",
      DEPLOYMENT_MODEL,
      {},
      "https://model-abcd1234.api.baseten.co/environments/production/wake",
    ],
    [
      "an environment",
      "abcd1234",
      { deployment: { environment: "staging" } },
      "https://model-abcd1234.api.baseten.co/environments/staging/wake",
    ],
    [
      "the development target",
      "abcd1234",
      { deployment: { environment: "development" } },
      "https://model-abcd1234.api.baseten.co/development/wake",
    ],
    [
      "one deployment",
      MODEL_SLUG,
      { deployment: { modelId: "abc1234", deploymentId: "q1w2e3r" } },
      "https://model-abc1234.api.baseten.co/deployment/q1w2e3r/wake",
    ],
    [
      "a regional host",
      "abcd1234",
      { deployment: { environment: "eu-prod", regional: true } },
      "https://model-abcd1234-eu-prod.api.baseten.co/wake",
    ],
  ])("posts to %s", async (_, model, options, url) => {
    const fetch = recordedFetch(jsonResponse({}, 202));
    expect(await wake(model, { ...singleAttempt(fetch), apiKey: API_KEY, ...options })).toBeUndefined();
    expect(fetch.calls.map((call) => [call.url, call.init.method, call.init.body])).toEqual([[url, "POST", undefined]]);
    expect([...new Headers(fetch.calls[0]?.init.headers)]).toEqual([["authorization", `Bearer ${API_KEY}`]]);
  });

  it("rejects with the server's words alone if there is no such deployment", async () => {
    const fetch = recordedFetch(jsonResponse({ error: "not found" }, 404));
    const error = await catchBasetenError(() => wake("abcd1234", singleAttempt(fetch)));
    expect(error).toMatchObject({
      name: "NotFoundError",
      message: "404 from model-abcd1234.api.baseten.co: not found",
    });
  });

  it("resolves at 202, whatever its body does, and leaves nothing behind", async () => {
    const leaks = startLeakCheck();
    const body = scriptedBody([new Promise(() => {})]);
    const { signal } = new AbortController();
    await wake("abcd1234", {
      ...singleAttempt(recordedFetch(() => new Response(body.stream, { status: 202 }))),
      signal,
    });
    await flushEventLoop();
    expect(body.state).toBe("cancelled");
    await leaks.check(signal);
  });

  it("wakes the emulator's deployments", async () => {
    await wake("abcd1234", { fetch: emulator() });
  });

  it.each([
    [404, "NotFoundError"],
    [403, "PermissionDeniedError"],
    [503, "InternalServerError"],
    [200, "InvalidResponseError"],
  ])("fails at %d with %s", async (status, name) => {
    const error = await catchBasetenError(() =>
      wake("abcd1234", singleAttempt(recordedFetch(jsonResponse("no", status)))),
    );
    expect(error).toMatchObject({ name, status, attempts: 1 });
    expect(error.message).toMatch(new RegExp(`^${status} from model-abcd1234\\.api\\.baseten\\.co: .*no`));
  });

  it("rejects with the reason of an abort", async () => {
    const caller = new AbortController();
    const reason = new Error("stop");
    const answer = wake("abcd1234", { ...singleAttempt(recordedFetch(pendingResponse())), signal: caller.signal });
    caller.abort(reason);
    expect(await catchError(() => answer)).toBe(reason);
  });

  it.each<[string, unknown, unknown]>([
    ["model", MODEL_SLUG, {}],
    ["model", "abcd1234", { baseURL: "https://gateway.example/v1" }],
    ["model", undefined, {}],
    ["deployment.environment", "abcd1234", { deployment: { environment: "a/b" } }],
    ["options", "abcd1234", null],
  ])("refuses a wrong %s before anything is sent", async (field, model, options) => {
    await expectRefusal(() => wake(model as never, options as never), field);
  });
});
