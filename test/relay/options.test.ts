import { describe, expect, it } from "vitest";
import { BasetenError } from "../../src/index.js";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import { OWN_KEY } from "./relay-setup.js";

const authorize = () => true;

describe("relay() refuses", () => {
  it.each<[field: string, options: unknown]>([
    ["authorize", { apiKey: OWN_KEY }],
    ["authorize", { apiKey: () => OWN_KEY }],
    ["authorize", { apiKey: OWN_KEY, authorize: true }],
    ["authorize", { authorize: null }],
    ["authorize", Object.create({ apiKey: OWN_KEY })],
    ["apiKey", { apiKey: undefined, authorize }],
    ["apiKey", { apiKey: undefined }],
    ["apiKey", { apiKey: "", authorize }],
    ["apiKey", { apiKey: " \n", authorize }],
    ["apiKey", { apiKey: null, authorize }],
    ["api_key", { api_key: OWN_KEY, authorize }],
    ["allowedOrigins", { allowedOrigins: ["https://example.com"] }],
    ["baseUrl", { baseUrl: "https://example.com" }],
    ["maxRetries", { maxRetries: 2 }],
    ["origins", { origins: null }],
    ["baseURL", { baseURL: null }],
    ["options", null],
    ["options", "https://example.com"],
    ["onError", { onError: "console" }],
    ["passHeaders", { passHeaders: "x-tenant" }],
    ["passHeaders[1]", { passHeaders: ["x-tenant", 1] }],
    ["passHeaders[0]", { passHeaders: ["x tenant"] }],
    ["passHeaders[0]", { passHeaders: [""] }],
    ...[
      "authorization",
      "Authorization",
      "cookie",
      "host",
      "content-type",
      "Content-Length",
      "content-encoding",
      "accept-encoding",
      "connection",
      "keep-alive",
      "proxy-authorization",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade",
      "expect",
    ].map((name): [string, unknown] => ["passHeaders[0]", { passHeaders: [name] }]),
    ["deployment.enviroment", { deployment: { enviroment: "staging" } }],
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
  ])("by the name %s: %o", (field, options) => {
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

  it("a missing authorize without showing the key", () => {
    expect(() => relay({ apiKey: OWN_KEY })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(OWN_KEY) }),
    );
  });

  it("a key that is undefined, and says that its variable may be unset", () => {
    const make = () => relay({ apiKey: process.env.NO_SUCH_VARIABLE as string, authorize });
    expect(make).toThrow(/apiKey: expected a key, got none \(is its variable set/);
  });

  it("an unusable base URL of the environment", () => {
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
  { authorize: undefined, origins: undefined, models: undefined, timeout: undefined, passHeaders: undefined },
  { passHeaders: [] },
  { passHeaders: ["X-Tenant", "if-none-match"] },
  { onError: () => {} },
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
])("relay() accepts %o", (options) => {
  expect(relay(options)).toBeTypeOf("function");
});
