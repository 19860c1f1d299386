/**
 * Refuses a release that does not say where the project lives: npm's provenance needs the repository, users need to know
 * where to report a bug, and the README may not tell them to install from git any longer. `npm publish` runs this first,
 * and so does the release workflow.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What a release needs in package.json. */
const REQUIRED_FIELDS = ["repository", "homepage", "bugs"];

/** Stands in the README before each passage that holds until the first release. */
const UNRELEASED_MARK = "<!-- until the first release -->";

/**
 * Lists what keeps a release from being published.
 *
 * @param {Record<string, unknown>} manifest The content of package.json.
 * @param {string} readme The content of README.md.
 * @returns {string[]} A sentence for each problem.
 */
export function findReleaseProblems(manifest, readme) {
  const missing = REQUIRED_FIELDS.filter((field) => !manifest[field]);
  return [
    ...(missing.length > 0 ? [`Set these fields of package.json: ${missing.join(", ")}`] : []),
    ...(readme.includes(UNRELEASED_MARK) ? [`Remove from README.md what follows ${UNRELEASED_MARK}`] : []),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
  const problems = findReleaseProblems(JSON.parse(read("package.json")), read("README.md"));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
