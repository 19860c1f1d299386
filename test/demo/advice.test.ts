import { BasetenError, type BasetenErrorName, route } from "baseten-fetch";
import { describe, expect, it } from "vitest";
import { adviceOn, wantsRelay } from "../../demo/call/advice.js";
import { needsKey, noteOn, type RelayState } from "../../demo/call/endpoints.js";
import type { EndpointId } from "../../demo/call/fields.js";
import { SURROUNDINGS } from "./given.js";

const failed = (name: BasetenErrorName, fields = {}) => new BasetenError(name, "words", fields);

function refused(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("what to do next", () => {
  it.each<[error: unknown, endpoint: EndpointId, advice: RegExp]>([
    [failed("AuthenticationError", { status: 403 }), "relay", /Check the key/],
    [failed("NotFoundError", { status: 404 }), "relay", /spelling/],
    [failed("RateLimitError", { status: 429 }), "emulator", /retry/],
    [failed("APIConnectionError"), "direct", /relay/],
    [failed("APIConnectionError"), "relay", /still running/],
    [failed("APIConnectionError"), "url", /Is the server running/],
    [failed("APIConnectionError"), "emulator", /retry/],
    [failed("BadRequestError", { status: 400 }), "emulator", /refused a field/],
    [refused(() => route("")), "emulator", /Change the model/],
    [refused(() => route("x", { baseURL: "no" })), "url", /field URL/],
    [refused(() => route("abcd1234", { deployment: { environment: "-" } })), "direct", /such as staging/],
    [new RangeError("oops"), "emulator", /fault of the page/],
  ])("about %s at %s", (error, endpoint, advice) => {
    expect(adviceOn(error, { endpoint })).toMatch(advice);
  });

  it.each<[name: BasetenErrorName, endpoint: EndpointId, wanted: boolean]>([
    ["APIConnectionError", "direct", true],
    ["APIConnectionError", "url", true],
    ["APIConnectionError", "relay", false],
    ["AuthenticationError", "direct", false],
  ])("offers the relay's lines after %s at %s: %s", (name, endpoint, wanted) => {
    expect(wantsRelay(failed(name), { endpoint })).toBe(wanted);
  });
});

describe("what to know before", () => {
  it.each<[endpoint: EndpointId, url: string, origin: string, tone: string, text: RegExp]>([
    ["emulator", "", "https://a.example", "plain", /nothing leaves this page/],
    ["direct", "", "https://a.example", "caution", /CORS/],
    ["url", "http://localhost:4000", "https://a.example", "plain", /https:\/\/a\.example/],
    ["url", "http://0.0.0.0:4000", "http://127.0.0.1", "caution", /localhost/],
    ["url", "http://gateway.example", "https://a.example", "caution", /https/],
    ["url", "localhost:4000", "http://127.0.0.1", "caution", /in front/],
    ["url", "gateway.example/v1", "http://127.0.0.1", "caution", /in front/],
    ["url", "/v1", "http://127.0.0.1", "plain", /Your key goes there/],
    ["url", "http://gateway.example", "http://127.0.0.1", "plain", /Your key goes there/],
  ])("at %s %s from %s", (endpoint, url, origin, tone, text) => {
    const note = noteOn({ endpoint, url }, { ...SURROUNDINGS, origin });
    expect(note.tone).toBe(tone);
    expect(note.text).toMatch(text);
  });

  it.each<[relay: RelayState, text: RegExp, needed: boolean]>([
    ["none", /static host/, false],
    ["passing", /your own key/, true],
    ["keyed", /holds a key/, false],
  ])("of a relay that is %s", (relay, text, needed) => {
    expect(noteOn({ endpoint: "relay", url: "" }, { ...SURROUNDINGS, relay }).text).toMatch(text);
    expect(needsKey("relay", { ...SURROUNDINGS, relay })).toBe(needed);
  });
});
