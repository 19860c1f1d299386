/** The links and the headings of the documents. */

import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

/** A link or an image of a Markdown file. */
export interface Link {
  /** As it is written, such as `streaming.md#abort`. */
  target: string;
  isRelative: boolean;
  /** The file that a relative link leads to, from the root of the repository. */
  path: string;
  /** What follows `#`, or nothing. */
  anchor: string;
}

const ROOT = new URL("../../", import.meta.url);
const CODE = /^```[\s\S]*?^```$|`[^`\n]*`/gm;

/** A page as Markdown, without its code: what looks like a link there is none. */
const readProse = (page: string): string => readFileSync(new URL(page, ROOT), "utf8").replace(CODE, "");

/** Returns all documents that a reader may open, as paths from the root of the repository. */
export function listDocuments(): string[] {
  const list = (folder: string) => readdirSync(new URL(folder, ROOT)).map((file) => posix.join(folder, file));
  return [...list("."), ...list("docs"), ...list("docs/api")].filter((file) => file.endsWith(".md"));
}

/** Returns the links of a document. */
export function readLinks(page: string): Link[] {
  const links = [...readProse(page).matchAll(/\]\(<?([^)\s>]+)>?[^)]*\)/g)].map(([, target = ""]) => {
    const isRelative = !/^[a-z]+:/.test(target);
    const [file = "", anchor = ""] = target.split("#");
    return { target, isRelative, path: file ? posix.join(posix.dirname(page), file) : page, anchor };
  });
  return links;
}

/** Returns the anchors that GitHub gives the headings of a document. */
export function readAnchors(page: string): string[] {
  const text = readFileSync(new URL(page, ROOT), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
  const anchors: string[] = [];
  for (const [, heading = ""] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    const earlier = anchors.filter((anchor) => anchor === slug || anchor.startsWith(`${slug}-`)).length;
    anchors.push(anchors.includes(slug) ? `${slug}-${earlier}` : slug);
  }
  return anchors;
}
