/**
 * The columns of the table.
 *
 * @typedef {object} Client
 * @property {string} name The column's head, and the name of the file in `adapters/`.
 * @property {string[]} packages What is installed here for it, by which its versions are told.
 * @property {boolean} [careful] Whether its adapter knows a careful caller, who is tried where a crash is found.
 * @property {"abort"[]} [lacks] What a row may ask a caller to do and this client has no option for.
 */

/** This library comes first: built in `dist/`, its version the repository's. */
export const ours = { name: "baseten-fetch", packages: [] };

/** @type {Client[]} */
export const rivals = [
  { name: "openai", packages: ["openai"] },
  { name: "xsai", packages: ["@xsai/stream-text"], careful: true },
  { name: "ai", packages: ["ai", "@ai-sdk/baseten"] },
  { name: "openai-fetch", packages: ["openai-fetch"] },
  { name: "litellm-js", packages: ["litellm"], lacks: ["abort"] },
];
