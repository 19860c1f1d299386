export { collect } from "./collect.ts";
export { completion } from "./completion.ts";
export { BasetenError, type BasetenErrorFields, type BasetenErrorJSON, type BasetenErrorName } from "./error.ts";
export { route } from "./route.ts";
export { stream } from "./stream.ts";
export { text } from "./text.ts";
export type * from "./types/chat.ts";
export type * from "./types/options.ts";
export type * from "./types/tools.ts";
