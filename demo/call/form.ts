import type { ScenarioId } from "./scenarios.ts";

/** Where requests go: the emulator in the page, the relay beside the page, Baseten itself, or a URL that is entered. */
export const ENDPOINTS = ["emulator", "relay", "direct", "custom"] as const;

/** One of {@link ENDPOINTS}. */
export type EndpointId = (typeof ENDPOINTS)[number];

/** Whether the page's server has a relay, and whether that relay has an API key of its own. */
export type RelayState = "none" | "passing" | "keyed";

/** What the page was served with. */
export interface Environment {
  relay: RelayState;
  /** The base URL of that relay. */
  relayURL: string;
  /** The page's own origin. */
  origin: string;
  /** The speed of the emulator. */
  tokensPerSecond: number;
}

/** What the visitor has entered. The API key is not part of it: it stays in its field until a request is sent. */
export interface Form {
  model: string;
  /** The deployment's environment, such as `staging`; `""` is production. */
  environment: string;
  endpoint: EndpointId;
  /** The base URL for the endpoint `custom`. */
  url: string;
  scenario: ScenarioId;
  offersTool: boolean;
}

/** Whether a model string names a model of a LiteLLM proxy. */
export function isProxied(model: string): boolean {
  return model.startsWith("litellm_proxy/");
}

/** Whether a model string is the code of a dedicated deployment. */
export function isDedicated(model: string): boolean {
  return /^(baseten\/)?[a-z0-9]{8}$/i.test(model);
}
