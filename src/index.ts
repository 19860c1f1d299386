export { collect } from "./collect.js";
export { completion } from "./completion.js";
export { BasetenError, type BasetenErrorFields, type BasetenErrorJSON, type BasetenErrorName } from "./error.js";
export { route } from "./route.js";
export { stream } from "./stream.js";
export { text } from "./text.js";
export type * from "./types.js";
