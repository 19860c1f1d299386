// @vitest-environment happy-dom

import { describe, expect, it } from "vitest";
import { createMarkdown } from "../../demo/view/markdown.js";

function render(...texts: string[]): HTMLElement {
  const target = document.createElement("div");
  const draw = createMarkdown(target);
  for (const text of texts) draw(text);
  return target;
}

describe("an answer in Markdown", () => {
  it.each<[markdown: string, html: string]>([
    ["# One\n\n###### Six", "<h3>One</h3>|<h6>Six</h6>"],
    ["a **b** _c_ ~~d~~ `e`", "<p>a <strong>b</strong> <em>c</em> <del>d</del> <code>e</code></p>"],
    ["- a\n- b", "<ul><li>a</li><li>b</li></ul>"],
    ["3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'],
    ["> quoted", "<blockquote><p>quoted</p></blockquote>"],
    ["```js\na < b\n```", '<pre tabindex="0"><code>a &lt; b</code></pre>'],
    ["one  \ntwo\n\n---", "<p>one<br>two</p>|<hr>"],
    ["AT&amp;T &lt;3", "<p>AT&amp;T &lt;3</p>"],
    ["\\*no\\*", "<p>*no*</p>"],
  ])("%j is %s", (markdown, html) => {
    const blocks = [...render(markdown).children].map(({ innerHTML }) => innerHTML);
    expect(blocks.join("|")).toBe(html);
  });

  it("has tables whose cells are Markdown too", () => {
    const table = render("| a | b |\n|---|---|\n| **1** | 2 |").querySelector("table");
    expect([...(table?.querySelectorAll("th, td") ?? [])].map(({ innerHTML }) => innerHTML)).toEqual([
      "a",
      "b",
      "<strong>1</strong>",
      "2",
    ]);
  });

  it("has links to the web only, which tell the target nothing", () => {
    const target = render("[a](https://example.com/) [b](javascript:alert(1)) [c](data:text/html,x) <mailto:a@b.c>");
    const links = [...target.querySelectorAll("a")];
    expect(links.map(({ textContent }) => textContent)).toEqual(["a", "mailto:a@b.c"]);
    expect(links[0]?.rel).toBe("noopener noreferrer nofollow");
    expect(target.textContent).toContain("b");
  });

  it.each([
    '<img src="x" onerror="alert(1)">',
    "<script>alert(1)</script>",
    "a <b onclick=alert(1)>bold</b>",
    "<style>*{display:none}</style>",
    "<a href='javascript:alert(1)'>x</a>",
  ])("shows the HTML %s as text", (html) => {
    const target = render(html);
    expect(target.textContent).toContain(html);
    expect(target.querySelector("img, script, style, b, a, [onclick]")).toBeNull();
  });

  it("links to an image instead of loading it", () => {
    const target = render("![a picture](https://example.com/p.png)");
    expect(target.querySelector("img")).toBeNull();
    expect(target.querySelector("a")?.textContent).toBe("a picture");
  });

  it("keeps the elements of blocks that have not changed while it grows", () => {
    const target = document.createElement("div");
    const draw = createMarkdown(target);
    draw("First.\n\nSec");
    const [first] = target.children;
    draw("First.\n\nSecond.\n\nThird.");
    expect(target.children[0]).toBe(first);
    expect(target.textContent).toBe("First.Second.Third.");
    draw("Only.");
    expect(target.textContent).toBe("Only.");
  });
});
