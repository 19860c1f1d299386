import { describe, expect, it } from "vitest";
import { type RelayOptions, relay } from "../../src/relay/index.js";
import { REQUEST } from "../helpers/requests.js";
import { createRequest, OWN_KEY, recordUpstream } from "./relay-setup.js";

/** Node from 24 on and Bun refuse a Proxy where a member is read by the prototype; Node 20 and 22 do not. */
class StrictRequest extends Request {
  readonly #isReal = true;

  #assertReal(): void {
    expect(this.#isReal).toBe(true);
  }

  override get body() {
    this.#assertReal();
    return super.body;
  }

  override get bodyUsed() {
    this.#assertReal();
    return super.bodyUsed;
  }

  override text(): Promise<string> {
    this.#assertReal();
    return super.text();
  }
}

/** What Next.js gives to a route handler: a Proxy that reads each member from the request behind it. */
function createNextRequest(request: Request): Request {
  return new Proxy(new StrictRequest(request), {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const contentLength = { "content-length": String(JSON.stringify(REQUEST).length) };

describe.each([
  ["a declared length", contentLength],
  ["no declared length", {}],
])("a Next.js route handler's request with %s is relayed", (_, headers) => {
  it.each<[name: string, authorize: RelayOptions["authorize"]]>([
    ["without authorize", undefined],
    ["if authorize reads no body", () => true],
    ["if authorize reads JSON", async (request) => ((await request.json()) as typeof REQUEST).model === REQUEST.model],
    ["if authorize reads a clone", async (request) => (await request.clone().text()) !== ""],
    ["if authorize reads a stream", async (request) => Boolean((await request.body?.getReader().read())?.value)],
  ])("%s", async (_, authorize) => {
    const { fetch, sent } = recordUpstream();
    const own: RelayOptions = authorize ? { apiKey: OWN_KEY, authorize } : {};
    const response = await relay({ fetch, ...own })(createNextRequest(createRequest({ headers })));
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 200, text: "{}" });
    expect(sent.map(({ json }) => json.messages)).toEqual([REQUEST.messages]);
  });
});
