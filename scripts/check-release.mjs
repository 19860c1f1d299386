/**
 * Refuses a release whose package.json does not say where the project lives. npm's provenance needs the repository, and
 * users need to know where to report a bug. `npm publish` runs this first.
 */
import manifest from "../package.json" with { type: "json" };

const missing = ["repository", "homepage", "bugs"].filter((field) => !manifest[field]);
if (missing.length > 0) {
  console.error(`Set these fields of package.json before publishing: ${missing.join(", ")}`);
  process.exitCode = 1;
}
