/** Fields and surroundings as a visitor finds them, for the tests of what the page makes of them. */

import type { Surroundings } from "../../demo/call/endpoints.js";
import type { Fields } from "../../demo/call/fields.js";

export const FIELDS: Fields = {
  model: "baseten/openai/gpt-oss-120b",
  environment: "",
  endpoint: "emulator",
  url: "",
  message: "Hello",
  fault: "none",
  tool: false,
};

export const SURROUNDINGS: Surroundings = {
  relay: "passing",
  relayURL: "http://127.0.0.1:8787/v1",
  origin: "http://127.0.0.1:8787",
  tokensPerSecond: 1_000,
};

/** A key that must show up nowhere but in the field and in the header of a request. */
export const KEY = "s3cret-key-of-a-visitor";
