/**
 * The columns of the comparison's two tables.
 *
 * @typedef {object} Client
 * @property {string} name The column's head.
 * @property {string} adapter The name of a file in `adapters/`.
 * @property {string[]} packages What is installed here for it, by which its versions are told.
 * @property {boolean} [careful] Whether its adapter knows a careful caller, which is tried where a crash is found.
 * @property {boolean} [guarded] Whether it is given `guard()` as its fetch.
 * @property {string[]} [lacks] What a scenario may ask of a client (`caller` or `call`) and this client has no option for.
 */

/** This library, built in `dist/`. Its version is the repository's. @type {Client} */
export const ownClient = { name: "baseten-fetch", adapter: "baseten-fetch", packages: [] };

/** @type {Client[]} */
export const rivals = [
  { name: "openai", adapter: "openai", packages: ["openai"] },
  { name: "xsai", adapter: "xsai", packages: ["@xsai/stream-text", "@xsai/generate-text"], careful: true },
  { name: "ai", adapter: "ai", packages: ["ai", "@ai-sdk/baseten"] },
  { name: "openai-fetch", adapter: "openai-fetch", packages: ["openai-fetch"], lacks: ["toolCalls"] },
  { name: "litellm-js", adapter: "litellm-js", packages: ["litellm"], lacks: ["abort", "toolCalls"] },
];

/** Clients that the second table shows twice: as they are, and with the guard. @type {Client[]} */
const guardable = [
  { name: "openai", adapter: "openai", packages: ["openai"] },
  {
    name: "ai fullStream",
    adapter: "ai-full-stream",
    packages: ["ai", "@ai-sdk/baseten"],
    lacks: ["toolCalls", "completion"],
  },
  { name: "langchain", adapter: "langchain", packages: ["@langchain/openai"], lacks: ["toolCalls", "completion"] },
];

/** @type {Client[]} */
export const guardedPairs = guardable.flatMap((client) => [
  client,
  { ...client, name: `${client.name} + guard`, guarded: true },
]);
