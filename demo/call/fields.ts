import type { ChatStreamRequest, Options, Tool } from "baseten-fetch";
import type { EmulatorOptions } from "baseten-fetch/emulator";
import type { Surroundings } from "./endpoints.js";
import { type BadDay, FAULTS, type FaultId } from "./faults.js";

/** Who answers: the emulator in the page, Baseten itself, the relay beside this page, or a URL that the visitor gives. */
export type EndpointId = "emulator" | "direct" | "relay" | "url";

/** What the visitor has filled in; the key is not among it, it stays in its field. */
export interface Fields {
  model: string;
  environment: string;
  endpoint: EndpointId;
  /** The address for the endpoint `url`. */
  url: string;
  message: string;
  fault: FaultId;
  /** Whether a tool is offered to the model. */
  tool: boolean;
}

/** The options of a call that can be shown: neither its key nor its fetch. */
export type Shown = Pick<Options, "baseURL" | "deployment" | "timeout">;

/** A call as the fields describe it: what is sent, shown as a route and written down as code is made of this alone. */
export interface Plan {
  request: ChatStreamRequest;
  options: Shown;
  /** Whether the visitor's own key goes with it. */
  ownKey: boolean;
  /** The options of the emulator, where that answers. */
  emulator?: EmulatorOptions;
}

/** Where a LiteLLM proxy listens unless told otherwise. */
export const LITELLM_ADDRESS = "http://localhost:4000";

const WEATHER: Tool = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a city.",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, unit: { enum: ["celsius", "fahrenheit"] } },
      required: ["city", "unit"],
      additionalProperties: false,
    },
  },
};

/** Whether a model string asks for a LiteLLM proxy. */
export function isProxied(model: string): boolean {
  return model.startsWith("litellm_proxy/");
}

function addressOf({ endpoint, url, model }: Fields, relay: string): string | undefined {
  if (endpoint === "relay") return relay;
  if (endpoint === "url") return url;
  // The emulator stands in for the proxy, at the address where one would be.
  return endpoint === "emulator" && isProxied(model) ? LITELLM_ADDRESS : undefined;
}

function emulatorOf({ fault, model }: Fields, { tokensPerSecond }: Surroundings): EmulatorOptions {
  const day: BadDay = FAULTS[fault];
  const name = model.replace(/^litellm_proxy\//, "");
  return {
    tokensPerSecond,
    ...day.emulator,
    ...(isProxied(model) && name && { models: [name] }),
  };
}

/** Turns the fields into a call. */
export function planOf(fields: Fields, surroundings: Surroundings): Plan {
  const { model, environment, message, endpoint, tool, fault } = fields;
  const baseURL = addressOf(fields, surroundings.relayURL);
  const day: BadDay = FAULTS[fault];
  const emulated = endpoint === "emulator";
  return {
    request: {
      model,
      messages: [{ role: "user", content: message }],
      ...(tool && { tools: [WEATHER] }),
    },
    options: {
      ...(baseURL !== undefined && { baseURL }),
      ...(environment.trim() && { deployment: { environment: environment.trim() } }),
      ...(emulated && day.timeout && { timeout: day.timeout }),
    },
    ownKey: !emulated && !(endpoint === "relay" && surroundings.relay === "keyed"),
    ...(emulated && { emulator: emulatorOf(fields, surroundings) }),
  };
}
