/** Checks of the package as users install it: from its tarball, in projects of their own. */
import { bundlers } from "./bundlers.mjs";
import { jsr } from "./jsr.mjs";
import { node } from "./node.mjs";
import { typescript } from "./typescript.mjs";

/** @typedef {{ name: string, run: () => Promise<string> }} Check resolves to a sentence about the result, rejects if the check fails */

/** @type {Check[]} */
export const checks = [...node, ...typescript, ...bundlers, ...jsr];
