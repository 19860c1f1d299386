/**
 * The API reference: one page for each entry of the package in docs/api, from the docstrings. `npm run docs:api` writes
 * them after a build; test/api-docs.test.ts compares them with the source.
 *
 * api-documenter writes a page for each item and each property, 350 of them, out of what api-extractor read. Here the pages
 * of an entry become sections of one page, which a reader can search; those of properties are left out, since the tables
 * above them say the same.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../", import.meta.url));

/** The title of each page; the entry `index` is the page README.md. */
const TITLES = {
  index: "baseten-fetch",
  relay: "baseten-fetch/relay",
  emulator: "baseten-fetch/emulator",
  guard: "baseten-fetch/guard",
  "ai-sdk": "baseten-fetch/ai-sdk",
};

/** @param {keyof typeof TITLES} entry */
const toPageName = (entry) => (entry === "index" ? "README.md" : `${entry}.md`);

/** The page of an item, such as `baseten-fetch.options.md`; those of its properties have a further dot. */
const ITEM_PAGE = /^baseten-fetch\.([^.]+)\.md$/;

/** The kinds of items, in the order of a page, and the end of their titles. */
const KINDS = [
  { name: "Functions", pattern: / function$/ },
  { name: "Class", pattern: / class$/ },
  { name: "Types", pattern: / (?:interface|type)$/ },
];

/** The heading of an item's page, such as `Options interface`. @param {string} markdown */
const readTitle = (markdown) => /^## (.+)$/m.exec(markdown)?.[1] ?? "";

/** The anchor that GitHub gives a heading. @param {string} title */
const toAnchor = (title) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

/** A link to the section with this title. @param {string} title */
const toLink = (title) => `[${title.replace(/ .*/, "")}](#${toAnchor(title)})`;

/** A table in HTML as one in Markdown. @param {string} html */
function toMarkdownTable(html) {
  const rows = [...html.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row]) =>
    [...row.matchAll(/<t[hd]>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) => cell.trim().replace(/\s*\n\s*/g, " ")),
  );
  // Columns without any text, as that of modifiers mostly is, are left out.
  const columns = rows[0].map((_, index) => index).filter((index) => rows.slice(1).some((cells) => cells[index]));
  const lines = rows.map((cells) => `| ${columns.map((index) => cells[index]).join(" | ")} |`);
  return [lines[0], `|${" --- |".repeat(columns.length)}`, ...lines.slice(1)].join("\n");
}

/**
 * The page of an item as a section.
 *
 * @param {string} markdown
 * @param {Map<string, string>} anchors The anchor of each page that becomes a section.
 */
function toSection(markdown, anchors) {
  const linked = markdown.replace(/\[([^\]]+)\]\(\.\/([^)]+\.md)\)/g, (_, text, page) =>
    anchors.has(page) ? `[${text}](#${anchors.get(page)})` : text,
  );
  return (
    linked
      .slice(linked.indexOf("\n## ") + 1)
      // Spacers, and the marks of overridden members.
      .replaceAll("<!-- -->", "")
      .replace(/<table>[\s\S]*?<\/table>/g, toMarkdownTable)
      .replace(/^## (?=Parameters|Properties|Methods|Constructors|Exceptions)/gm, "### ")
      .replaceAll("_(Optional)_ ", "")
      // The type of a thrown error, as JSDoc writes it.
      .replaceAll("{BasetenError} ", "`BasetenError`: ")
      // The head of an interface says nothing that its title does not; that of a function is its signature.
      .replace(/```typescript\nexport interface \w+ \n```/g, "")
      .replaceAll("**Signature:**\n\n", "")
      .replace(/\n{3,}/g, "\n\n")
      .trim()
  );
}

/** The pages of items that api-documenter wrote. @param {string} folder */
async function readItems(folder) {
  const files = (await readdir(folder)).filter((file) => ITEM_PAGE.test(file));
  return Promise.all(
    files.map(async (file) => {
      // api-documenter ends lines as Windows does.
      const markdown = (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n");
      return { file, markdown, title: readTitle(markdown) };
    }),
  );
}

/** @param {keyof typeof TITLES} entry @param {string[]} folders What api-documenter wrote. */
async function joinPages(entry, folders) {
  const items = (await Promise.all(folders.map(readItems))).flat().sort((a, b) => (a.title < b.title ? -1 : 1));
  const anchors = new Map(items.map(({ file, title }) => [file, toAnchor(title)]));
  const groups = KINDS.map(({ name, pattern }) => ({
    name,
    members: items.filter(({ title }) => pattern.test(title)),
  }));
  const lists = groups
    .filter(({ members }) => members.length > 0)
    .map(({ name, members }) => `${name}: ${members.map(({ title }) => toLink(title)).join(", ")}`);
  const sections = groups.flatMap(({ members }) => members).map(({ markdown }) => toSection(markdown, anchors));
  const note = "<!-- Written by `npm run docs:api` from the docstrings in src/. -->";
  const others = Object.keys(TITLES).filter((other) => other !== entry);
  const see = `Other entries: ${others.map((other) => `[${TITLES[other]}](${toPageName(other)})`).join(", ")}`;
  return `${[note, `# ${TITLES[entry]}`, ...lists, see, ...sections].join("\n\n")}\n`;
}

/**
 * Runs api-documenter on some of the members of an entry.
 *
 * @param {any} model What api-extractor wrote. @param {any[]} members @param {string} folder Where the pages go.
 */
async function documentMembers(model, members, folder) {
  const [entryPoint] = model.members;
  const input = join(folder, "input");
  await mkdir(input, { recursive: true });
  await writeFile(join(input, "a.api.json"), JSON.stringify({ ...model, members: [{ ...entryPoint, members }] }));
  const command = join(root, "node_modules/@microsoft/api-documenter/bin/api-documenter");
  const args = ["markdown", "--input-folder", input, "--output-folder", join(folder, "output")];
  await promisify(execFile)(process.execPath, [command, ...args]);
}

/** @param {keyof typeof TITLES} entry */
async function renderPage(entry) {
  const model = JSON.parse(await readFile(join(root, `build/api/${entry}.api.json`), "utf8"));
  const [{ members }] = model.members;
  // api-documenter writes names in lower case, so that the page of `route` would be lost to that of `Route`.
  const isShadowed = ({ kind, name }) =>
    kind === "Function" && members.some((other) => other.name !== name && other.name.toLowerCase() === name);
  const folder = await mkdtemp(join(tmpdir(), "api-docs-"));
  try {
    await documentMembers(model, members, join(folder, "all"));
    const shadowed = members.filter(isShadowed);
    if (shadowed.length > 0) await documentMembers(model, shadowed, join(folder, "shadowed"));
    return await joinPages(entry, [
      join(folder, "all/output"),
      ...(shadowed.length > 0 ? [join(folder, "shadowed/output")] : []),
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Renders the reference from the last build.
 *
 * @returns {Promise<Map<string, string>>} The content of each page of docs/api, by its name.
 */
export async function renderAPIPages() {
  const pages = new Map();
  for (const entry of Object.keys(TITLES)) pages.set(toPageName(entry), await renderPage(entry));
  return pages;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [page, markdown] of await renderAPIPages()) await writeFile(join(root, "docs/api", page), markdown);
}
