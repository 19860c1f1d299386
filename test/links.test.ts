/** No link of the documents leads nowhere, and no page is left without a link to it. */

import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { listDocuments, readAnchors, readLinks } from "./docs/links.js";

const ROOT = new URL("../", import.meta.url);
const documents = listDocuments();

describe("the documents", () => {
  it.each(documents)("%s links only to files that exist, and to headings that they have", (page) => {
    const broken = readLinks(page).filter(({ isRelative, path, anchor }) => {
      if (!isRelative) return false;
      if (!existsSync(new URL(path, ROOT))) return true;
      return anchor !== "" && path.endsWith(".md") && !readAnchors(path).includes(anchor);
    });
    expect(broken.map(({ target }) => target)).toEqual([]);
  });

  it.each(documents.filter((page) => page.startsWith("docs/") && page !== "docs/README.md"))(
    "%s is listed in docs/README.md",
    (page) => {
      expect(readLinks("docs/README.md").map(({ path }) => path)).toContain(page);
    },
  );
});
