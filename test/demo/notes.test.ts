import { describe, expect, it } from "vitest";
import type { EndpointId, Form, RelayState } from "../../demo/call/form.js";
import { chooseEndpointForKey, needsKey, noteOnEndpoint, noteOnKey, noteOnScenario } from "../../demo/call/notes.js";
import { ENVIRONMENT, FORM } from "./fixtures.js";

describe("the note under Endpoint", () => {
  it.each<[endpoint: EndpointId, url: string, origin: string, warns: boolean, text: RegExp]>([
    ["emulator", "", "https://a.example", false, /in place of the URL under Route/],
    ["direct", "", "https://a.example", true, /CORS/],
    ["custom", "", "https://a.example", true, /Enter the URL/],
    ["custom", "http://localhost:4000", "https://a.example", false, /https:\/\/a\.example/],
    ["custom", "http://[::1]:4000", "https://a.example", false, /https:\/\/a\.example/],
    ["custom", "http://0.0.0.0:4000", "http://127.0.0.1", true, /localhost/],
    ["custom", "http://localhost.evil.example", "https://a.example", true, /https/],
    ["custom", "http://gateway.example", "https://a.example", true, /https/],
    ["custom", "localhost:4000", "http://127.0.0.1", true, /Start the URL with/],
    ["custom", "/v1", "http://127.0.0.1", false, /Your API key is sent there/],
    ["custom", "http://gateway.example", "http://127.0.0.1", false, /Your API key is sent there/],
  ])("for %s %s on a page from %s warns: %s", (endpoint, url, origin, warns, text) => {
    const note = noteOnEndpoint({ ...FORM, endpoint, url }, { ...ENVIRONMENT, origin });
    expect(note.tone === "warning").toBe(warns);
    expect(note.text).toMatch(text);
  });

  it.each<[relay: RelayState, text: RegExp, needed: boolean]>([
    ["none", /Run npm start/, true],
    ["passing", /sends your API key on/, true],
    ["keyed", /its own API key/, false],
  ])("for a relay that is %s says whose key is used", (relay, text, needed) => {
    const environment = { ...ENVIRONMENT, relay };
    expect(noteOnEndpoint({ ...FORM, endpoint: "relay" }, environment).text).toMatch(text);
    expect(needsKey("relay", environment)).toBe(needed);
  });
});

describe("an API key", () => {
  it.each<[endpoint: EndpointId, relay: RelayState, selected: EndpointId]>([
    ["emulator", "passing", "relay"],
    ["emulator", "none", "direct"],
    ["direct", "passing", "direct"],
    ["custom", "none", "custom"],
  ])("typed at the endpoint %s of a page whose relay is %s selects %s", (endpoint, relay, selected) => {
    expect(chooseEndpointForKey(endpoint, { relay })).toBe(selected);
  });

  it.each<[endpoint: EndpointId, relay: RelayState, hasKey: boolean, text: string, disabled: boolean]>([
    ["emulator", "passing", true, "Not used by the emulator", false],
    ["emulator", "passing", false, "Kept in this page's memory only.", false],
    ["relay", "passing", true, "Kept in this page's memory only.", false],
    ["relay", "keyed", false, "Not needed: the server has a key", true],
    ["emulator", "keyed", false, "Not needed: the server has a key", true],
    ["direct", "keyed", false, "Kept in this page's memory only.", false],
  ])(
    "at the endpoint %s with a relay that is %s (entered: %s) is noted as %s",
    (endpoint, relay, hasKey, text, disabled) => {
      expect(noteOnKey({ ...FORM, endpoint }, { ...ENVIRONMENT, relay }, hasKey)).toEqual({ text, disabled });
    },
  );
});

describe("the note under Scenario", () => {
  it.each<[fields: Partial<Form>, warns: boolean, text: RegExp]>([
    [{}, false, /nothing fails/],
    [{ scenario: "coldStart", model: "baseten/abcd1234" }, false, /needs 4\u00a0s to start/],
    [{ scenario: "coldStart" }, true, /Only dedicated deployments have cold starts/],
    [{ scenario: "coldStart", model: "litellm_proxy/abcd1234" }, true, /Select Dedicated/],
    [{ endpoint: "direct" }, false, /Only the emulator has scenarios/],
  ])("for %o warns: %s", (fields, warns, text) => {
    const note = noteOnScenario({ ...FORM, ...fields });
    expect(note.tone === "warning").toBe(warns);
    expect(note.text).toMatch(text);
  });
});
