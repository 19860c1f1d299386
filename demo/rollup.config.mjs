import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { minify } from "../rollup.config.mjs";

const folder = "demo/dist";
const files = ["index.html", "icon.svg"];
const styles = ["theme", "elements", "layout", "setup", "route", "chat", "alert", "inspector", "forced-colors"];

/** Resolves bare imports as Node does, the package itself included. */
const packages = {
  name: "packages",
  resolveId: (id, importer) => (importer && /^[a-z]/.test(id) ? fileURLToPath(import.meta.resolve(id)) : null),
};

/** Writes the files of the page that are not scripts. */
const page = {
  name: "page",
  buildStart: async () => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await Promise.all(files.map((file) => copyFile(`demo/${file}`, `${folder}/${file}`)));
    const texts = await Promise.all(styles.map((name) => readFile(`demo/styles/${name}.css`, "utf8")));
    await writeFile(`${folder}/demo.css`, texts.join("\n"));
  },
};

/** Where the script tag's file is published, and the hash that a browser checks it by. */
async function publishedScript({ name, version, unpkg }) {
  const hash = createHash("sha384").update(await readFile(unpkg));
  const url = `https://cdn.jsdelivr.net/npm/${name}@${version}/${unpkg.replace("./", "")}`;
  return { url, integrity: `sha384-${hash.digest("base64")}` };
}

/** What other clients do in the scenarios, as `npm run bench:rivals` measured it last. */
async function readComparison() {
  const { date, clients, rows } = JSON.parse(await readFile("test/bench/rivals/results.json", "utf8"));
  const { SCENARIOS } = await import("../build/demo/call/scenarios.js");
  const used = Object.values(SCENARIOS).map(({ comparison }) => comparison);
  return { date, clients, rows: rows.filter(({ id }) => used.includes(id)) };
}

/** The address of the repository for a browser, or `""` if package.json names none. */
function repositoryURL({ repository }) {
  const url = typeof repository === "string" ? repository : (repository?.url ?? "");
  return url
    .replace(/^github:/, "https://github.com/")
    .replace(/^git\+/, "")
    .replace(/\.git$/, "");
}

/** Replaces the names that `main.ts` declares by their values. */
const values = {
  name: "values",
  transform: async (code, id) => {
    if (!id.endsWith("build/demo/main.js")) return null;
    const manifest = JSON.parse(await readFile("package.json", "utf8"));
    const known = {
      PUBLISHED: await publishedScript(manifest),
      COMPARISON: await readComparison(),
      REPOSITORY: repositoryURL(manifest),
    };
    return {
      code: code.replace(/\b(PUBLISHED|COMPARISON|REPOSITORY)\b/g, (name) => JSON.stringify(known[name])),
      map: null,
    };
  },
};

export default {
  input: "build/demo/main.js",
  plugins: [page, packages, values],
  output: { file: `${folder}/demo.js`, format: "es", plugins: [minify] },
};
