import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { minify } from "../rollup.config.mjs";

const folder = "demo/dist";
const files = ["index.html", "icon.svg"];
const styles = ["theme", "elements", "layout", "ask", "route", "answer", "failure", "wire", "code"];

/** Finds what is imported by name, the package itself included, as Node does. */
const packages = {
  name: "packages",
  resolveId: (id, importer) => (importer && /^[a-z]/.test(id) ? fileURLToPath(import.meta.resolve(id)) : null),
};

/** Puts the files beside the script that are served as they are. */
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

/** Writes in where the script tag's file will be, and the hash that a browser checks it by. */
const published = {
  name: "published",
  transform: async (code, id) => {
    if (!id.endsWith("build/demo/demo.js")) return null;
    const { name, version, unpkg } = JSON.parse(await readFile("package.json", "utf8"));
    const hash = createHash("sha384")
      .update(await readFile(unpkg))
      .digest("base64");
    const script = `https://cdn.jsdelivr.net/npm/${name}@${version}/${unpkg.replace("./", "")}`;
    return { code: code.replace("PUBLISHED", JSON.stringify({ script, integrity: `sha384-${hash}` })), map: null };
  },
};

export default {
  input: "build/demo/demo.js",
  plugins: [page, packages, published],
  output: { file: `${folder}/demo.js`, format: "es", plugins: [minify] },
};
