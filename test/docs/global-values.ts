/** The values of the names that code blocks use without declaring them: globals.d.ts has their types. */

import type { ChatRequest } from "../../src/index.js";

/** Returns the values of those names, new ones for each block. */
export function docGlobals(): Record<string, unknown> {
  const request: ChatRequest = {
    model: "baseten/openai/gpt-oss-120b",
    messages: [{ role: "user", content: "What is the weather in Paris?" }],
  };
  return {
    ...request,
    request,
    key: "key-of-the-reader",
    write: () => {},
    show: () => {},
    isSignedIn: () => true,
    approve: async () => true,
    useState: (initial: unknown) => [initial, () => {}],
    getWeather: async () => ({ sky: "clear", celsius: 21 }),
  };
}
