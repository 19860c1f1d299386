/** The suites with the library from its classic script tag. Bundled into a classic script itself. */
import { report } from "./report.mjs";

void report({ lib: globalThis.basetenFetch });
