/** The package in the hands of those who install it. */
import { bundlers } from "./bundlers.mjs";
import { jsr } from "./jsr.mjs";
import { node } from "./node.mjs";
import { typescript } from "./typescript.mjs";

/** @typedef {{ name: string, run: () => Promise<string> }} Check resolves to what there is to say, rejects if it fails */

/** @type {Check[]} */
export const checks = [...node, ...typescript, ...bundlers, ...jsr];
