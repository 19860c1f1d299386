/** Runs the suites in a runtime with a command line, and prints what became of them. `<origin of the server>` */
import * as emulator from "../../../dist/emulator.js";
import * as lib from "../../../dist/index.js";
import * as relay from "../../../dist/relay.js";
import { run } from "../suite/index.mjs";
import { environment } from "./environment.mjs";

const [api] = globalThis.Deno?.args ?? process.argv.slice(2);
console.log(JSON.stringify(await run({ lib, api, env: environment(), servers: { ...emulator, ...relay } })));
