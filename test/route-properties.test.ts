import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BasetenError, type Route, route } from "../src/index.js";
import { catchBasetenError } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { DEPLOYMENT_MODEL, GATEWAY_URL, MODEL_SLUG } from "./helpers/requests.js";

clearEnvironment();

describe("route of arbitrary strings", () => {
  const specialCharacters = fc.constantFrom(
    "/",
    "?",
    "#",
    "@",
    ":",
    "\\",
    "%",
    ".",
    "..",
    "&",
    "\n",
    " ",
    "baseten/",
    "litellm_proxy/",
    "abcd1234",
  );
  const anyString = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.array(fc.oneof(specialCharacters, fc.string({ maxLength: 3 }))).map((parts) => parts.join("")),
    fc.stringMatching(/^[a-zA-Z0-9]{8}$/),
  );
  const model = fc.tuple(fc.constantFrom("", "baseten/"), anyString).map((parts) => parts.join(""));
  const deployment = fc.record(
    { modelId: anyString, environment: anyString, deploymentId: anyString, regional: fc.boolean() },
    { requiredKeys: [] },
  );

  /** The URL of a route, or undefined if it is refused with a BadRequestError. */
  function urlOf(act: () => Route): URL | undefined {
    try {
      return new URL(act().url);
    } catch (error) {
      expect(error).toBeInstanceOf(BasetenError);
      expect(error).toMatchObject({ name: "BadRequestError" });
      return undefined;
    }
  }

  const paths = /^\/(development|environments\/[a-z0-9-]+|deployment\/[a-z0-9-]+)\/sync\/v1\/chat\/completions$/i;

  /** Expects one of Baseten's hosts and one of its paths, without credentials, port, query or hash. */
  function expectBasetenURL(url: URL): void {
    if (url.host === "inference.baseten.co") expect(url.pathname).toBe("/v1/chat/completions");
    else {
      expect(url.host).toMatch(/^model-[a-z0-9-]+\.api\.baseten\.co$/);
      if (url.pathname !== "/sync/v1/chat/completions") expect(url.pathname).toMatch(paths);
    }
    const { protocol, username, password, port, search, hash } = url;
    expect([protocol, username, password, port, search, hash]).toEqual(["https:", "", "", "", "", ""]);
  }

  it("lets a model change nothing of the URL but the code in its host", () => {
    fc.assert(
      fc.property(model, (model) => {
        const url = urlOf(() => route(model));
        if (url) expectBasetenURL(url);
      }),
      { numRuns: 2_000 },
    );
  });

  it("lets a deployment change nothing of the URL but its labels", () => {
    fc.assert(
      fc.property(fc.oneof(model, fc.constant(DEPLOYMENT_MODEL)), deployment, (model, deployment) => {
        const url = urlOf(() => route(model, { deployment }));
        if (url) expectBasetenURL(url);
      }),
      { numRuns: 2_000 },
    );
  });

  it("lets a model change nothing of a base URL", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          model,
          anyString.map((name) => `litellm_proxy/${name}`),
        ),
        (model) => {
          const url = urlOf(() => route(model, { baseURL: `${GATEWAY_URL}?a=1` }));
          if (url) expect(url.href).toBe(`${GATEWAY_URL}/chat/completions?a=1`);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("refuses a base URL only with a BadRequestError", () => {
    fc.assert(
      fc.property(anyString, (baseURL) => {
        urlOf(() => route(MODEL_SLUG, { baseURL }));
      }),
      { numRuns: 1_000 },
    );
  });

  it("throws synchronously, with attempts: 0", async () => {
    expect((await catchBasetenError(() => route("baseten/"))).attempts).toBe(0);
  });
});
