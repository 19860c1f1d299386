import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installPackages } from "../../runtimes/install.mjs";
import * as decode from "./decode.mjs";

const runtimes = new URL("../../runtimes/", import.meta.url);
const { optionalDependencies } = JSON.parse(readFileSync(new URL("package.json", runtimes), "utf8"));

/** The folder of each Node, by the name of its row. @type {Record<string, string>} */
const folders = Object.fromEntries(
  Object.entries(optionalDependencies)
    .filter(([folder]) => folder.startsWith("node") && folder.endsWith(`-${process.arch}`))
    .map(([folder, version]) => [`Node ${version.split("@").at(-1)}`, folder]),
);

export const title = "baseten-fetch on each Node, decode and parse, over a mocked fetch";
export const note = "Processor time as a multiple of the floor's, each on the same Node.";
export const readers = Object.keys(folders);
export const { columns } = decode;

/** The Node of a row, installed in test/runtimes. @param {string} reader */
export async function execPath(reader) {
  await installPackages(runtimes);
  return fileURLToPath(new URL(`node_modules/${folders[reader]}/bin/node`, runtimes));
}

export const measure = () => decode.measure("baseten-fetch");
