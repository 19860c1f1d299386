import type { Message, Options } from "baseten-fetch";
import type { EmulatorOptions } from "baseten-fetch/emulator";
import { type Environment, type Form, isProxied } from "./form.ts";
import { findScenario } from "./scenarios.ts";

/** A call as the form describes it. The request that is sent, the route and the code samples are all made from it. */
export interface Plan {
  request: { model: string; messages: readonly Message[] };
  options: Pick<Options, "baseURL" | "deployment" | "timeout">;
  /** Whether the weather tool is offered. */
  offersTool: boolean;
  /** Whether the visitor's API key is sent. */
  sendsKey: boolean;
  /** The options of the emulator, if that answers. */
  emulator?: EmulatorOptions;
}

/** Where a LiteLLM proxy listens by default. */
export const LITELLM_URL = "http://localhost:4000";

function resolveBaseURL({ endpoint, url, model }: Form, relayURL: string): string | undefined {
  if (endpoint === "relay") return relayURL;
  if (endpoint === "custom") return url;
  // The emulator stands in for the proxy, at the address where one would be.
  return endpoint === "emulator" && isProxied(model) ? LITELLM_URL : undefined;
}

function resolveEmulatorOptions({ scenario, model }: Form, tokensPerSecond: number): EmulatorOptions {
  const name = model.replace(/^litellm_proxy\//, "");
  return { tokensPerSecond, ...findScenario(scenario).emulator, ...(isProxied(model) && name && { models: [name] }) };
}

/** Whether a call to the endpoint sends the visitor's API key. */
export function sendsKey(endpoint: Form["endpoint"], { relay }: Pick<Environment, "relay">): boolean {
  return endpoint !== "emulator" && !(endpoint === "relay" && relay === "keyed");
}

/** The call that the form describes, with these messages. */
export function planCall(form: Form, messages: readonly Message[], environment: Environment): Plan {
  const { model, endpoint, offersTool } = form;
  const baseURL = resolveBaseURL(form, environment.relayURL);
  const deployment = form.environment.trim();
  const emulated = endpoint === "emulator";
  const timeout = emulated ? findScenario(form.scenario).timeout : undefined;
  return {
    request: { model, messages },
    options: {
      ...(baseURL !== undefined && { baseURL }),
      ...(deployment && { deployment: { environment: deployment } }),
      ...(timeout && { timeout }),
    },
    offersTool,
    sendsKey: sendsKey(endpoint, environment),
    ...(emulated && { emulator: resolveEmulatorOptions(form, environment.tokensPerSecond) }),
  };
}
