import { describe, expect, it } from "vitest";
import { BasetenError } from "../../src/index.js";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import { OWN_KEY } from "./run.js";

const authorize = () => true;

describe("what a relay is refused for, when it is made", () => {
  it.each<[field: string, options: unknown]>([
    ["authorize", { apiKey: OWN_KEY }],
    ["authorize", { apiKey: () => OWN_KEY }],
    ["authorize", { apiKey: OWN_KEY, authorize: true }],
    ["authorize", { authorize: null }],
    ["origins", { origins: "https://example.com" }],
    ["origins", { origins: 1 }],
    ["origins", { origins: new Set(["https://example.com"]) }],
    ["origins[1]", { origins: ["https://example.com", "*"] }],
    ["origins[0]", { origins: ["https://*.example.com"] }],
    ["origins[0]", { origins: ["https://example.com/"] }],
    ["origins[0]", { origins: ["https://example.com/app"] }],
    ["origins[0]", { origins: ["https://example.com:443"] }],
    ["origins[0]", { origins: ["https://Example.com"] }],
    ["origins[0]", { origins: ["https://exämple.com"] }],
    ["origins[0]", { origins: ["example.com"] }],
    ["origins[0]", { origins: ["https://"] }],
    ["origins[0]", { origins: [""] }],
    ["origins[0]", { origins: [/example/] }],
    ["models", { models: "openai/gpt-oss-120b" }],
    ["models", { models: ["openai/gpt-oss-120b", 1] }],
    ["models", { models: {} }],
    ["maxBodyBytes", { maxBodyBytes: 0 }],
    ["maxBodyBytes", { maxBodyBytes: -1 }],
    ["maxBodyBytes", { maxBodyBytes: Number.NaN }],
    ["maxBodyBytes", { maxBodyBytes: "10mb" }],
    ["timeout", { timeout: 0 }],
    ["timeout", { timeout: Number.NaN }],
    ["timeout", { timeout: { response: 1 } }],
    ["fetch", { fetch: "https://example.com" }],
    ["baseURL", { baseURL: "example.com" }],
    ["baseURL", { baseURL: "" }],
    ["baseURL", { baseURL: "file:///etc" }],
    ["baseURL", { baseURL: "https://user:secret@example.com" }],
    ["deployment", { deployment: { modelId: "abcd1234" }, baseURL: "https://example.com" }],
    ["deployment.modelId", { deployment: { modelId: "abcd1234.example.com/" } }],
    ["deployment.environment", { deployment: { regional: true } }],
  ])("names %s: %o", (field, options) => {
    const make = () => relay(options as RelayOptions);
    expect(make).toThrow(BasetenError);
    expect(make).toThrow(
      expect.objectContaining({ name: "BadRequestError", message: expect.stringContaining(`${field}: `) }),
    );
  });

  it.each([["two words"], ["línea"], ["line\r\nx-admin: 1"], [42], [["key"]]])(
    "a key that can be none: %o",
    (apiKey) => {
      const make = () => relay({ apiKey: apiKey as string, authorize });
      expect(make).toThrow(expect.objectContaining({ name: "AuthenticationError" }));
      expect(make).toThrow(expect.not.objectContaining({ message: expect.stringContaining(String(apiKey)) }));
    },
  );

  it("shows no key in the refusal for a missing authorize", () => {
    expect(() => relay({ apiKey: OWN_KEY })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(OWN_KEY) }),
    );
  });

  it("looks at the base URL of the environment too", () => {
    process.env.BASETEN_BASE_URL = "nowhere";
    try {
      expect(() => relay()).toThrow(expect.objectContaining({ name: "BadRequestError" }));
    } finally {
      delete process.env.BASETEN_BASE_URL;
    }
  });
});

it.each<RelayOptions>([
  {},
  { apiKey: undefined },
  { apiKey: "" },
  { apiKey: " \n" },
  { apiKey: ` ${OWN_KEY}\n`, authorize },
  { apiKey: async () => OWN_KEY, authorize },
  { authorize },
  { origins: "*" },
  { origins: [] },
  { origins: ["https://example.com", "http://localhost:5173", "http://[::1]:8080", "null", "capacitor://localhost"] },
  { origins: ["chrome-extension://abcdefghijklmnop"] },
  { origins: () => false },
  { models: [] },
  { models: ["baseten/openai/gpt-oss-120b", "abcd1234"] },
  { models: () => false },
  { maxBodyBytes: Number.POSITIVE_INFINITY },
  { timeout: Number.POSITIVE_INFINITY },
  { baseURL: new URL("https://example.com/v1") },
  { deployment: { modelId: "abcd1234" } },
  { deployment: { environment: "staging" } },
])("a relay is made of %o", (options) => {
  expect(relay(options)).toBeTypeOf("function");
});
