import { BasetenError, type BasetenErrorName, route } from "baseten-fetch";
import { describe, expect, it } from "vitest";
import { type Action, adviseOn } from "../../demo/call/advice.js";
import type { EndpointId, RelayState } from "../../demo/call/form.js";
import { thrownBy } from "./fixtures.js";

const failed = (name: BasetenErrorName, status?: number) => new BasetenError(name, "the message", { status });

describe("the advice on an error", () => {
  it.each<[error: unknown, endpoint: EndpointId, text: RegExp]>([
    [failed("AuthenticationError", 403), "relay", /Check the API key/],
    [failed("NotFoundError", 404), "relay", /spelling/],
    [failed("RateLimitError", 429), "emulator", /retry/],
    [failed("APIConnectionError"), "direct", /CORS.*relay/],
    [failed("APIConnectionError"), "relay", /npm start is still running/],
    [failed("APIConnectionError"), "custom", /server runs and allows this page/],
    [failed("APIConnectionError"), "emulator", /not repeated/],
    [failed("BadRequestError", 400), "emulator", /refused a field/],
    [thrownBy(() => route("")), "emulator", /Change the model/],
    [thrownBy(() => route("x", { baseURL: "no" })), "custom", /Enter a whole URL/],
    [thrownBy(() => route("abcd1234", { deployment: { environment: "-" } })), "direct", /such as staging/],
    [new RangeError("oops"), "emulator", /bug in the page/],
  ])("for %s from the endpoint %s says what to do next", (error, endpoint, text) => {
    expect(adviseOn(error, { endpoint, scenario: "normal" }, { relay: "none" }).text).toMatch(text);
  });

  it.each<[name: BasetenErrorName, endpoint: EndpointId, relay: RelayState, actions: Action[], showsRelay: boolean]>([
    ["APIConnectionError", "direct", "passing", ["retry", "use-relay", "use-emulator"], false],
    ["APIConnectionError", "custom", "keyed", ["retry", "use-relay", "use-emulator"], false],
    ["APIConnectionError", "direct", "none", ["retry", "use-emulator"], true],
    ["APIConnectionError", "relay", "passing", ["retry", "use-emulator"], false],
    ["AuthenticationError", "direct", "passing", ["retry", "use-emulator"], false],
    ["StreamTruncatedError", "emulator", "passing", ["retry"], false],
  ])("for %s from the endpoint %s with the relay %s offers %j", (name, endpoint, relay, actions, showsRelay) => {
    const advice = adviseOn(failed(name), { endpoint, scenario: "normal" }, { relay });
    expect(advice).toMatchObject({ actions, showsRelay });
  });

  it("in the scenario of a rejected key is to choose another scenario, not to check the key", () => {
    const where = { endpoint: "emulator", scenario: "rejectedKey" } as const;
    expect(adviseOn(failed("AuthenticationError", 401), where, { relay: "none" }).text).toMatch(/Choose another/);
  });
});
