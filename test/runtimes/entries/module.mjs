/** The suites with the library as modules. */
import * as emulator from "../../../dist/emulator.js";
import * as lib from "../../../dist/index.js";
import * as relay from "../../../dist/relay.js";
import { report } from "./report.mjs";

void report({ lib, servers: { ...emulator, ...relay } });
