/** Environment variables in tests: unset before each test, set until its end. */

import { beforeEach, vi } from "vitest";

/** All variables that this library reads. */
export const ENVIRONMENT_VARIABLES: string[] = [
  "BASETEN_API_KEY",
  "BASETEN_BASE_URL",
  "BASETEN_API_BASE",
  "LITELLM_PROXY_API_KEY",
  "LITELLM_PROXY_API_BASE",
];

/** Unsets these variables before each test, whatever the machine's environment holds. */
export function clearEnvironment(): void {
  beforeEach(() => {
    for (const name of ENVIRONMENT_VARIABLES) vi.stubEnv(name, undefined);
  });
}

/** Sets variables until the end of the test. */
export function setEnvironment(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}
