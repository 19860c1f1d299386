import { Lexer, type MarkedToken, type Token, type Tokens } from "marked";
import { type Child, el } from "./dom.ts";

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };

/** The headings of the page are h1 and h2: those of an answer come below them. */
const HEADINGS = ["h3", "h4", "h5", "h6"] as const;

const TAGS = { paragraph: "p", blockquote: "blockquote", strong: "strong", em: "em", del: "del" } as const;

function decodeEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name) => ENTITIES[name] ?? "");
}

/** A link to the web or to a mail address; anything else, such as `javascript:`, stays text. */
function renderLink(href: string, content: Child): Child {
  if (!/^(https?|mailto):/i.test(href)) return content;
  return el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, content);
}

function renderList({ ordered, start, items }: Tokens.List): HTMLElement {
  const views = items.map((item) => el("li", {}, renderAll(item.tokens)));
  return ordered ? el("ol", { start: String(start || 1) }, views) : el("ul", {}, views);
}

function renderRow(tag: "th" | "td", cells: readonly Tokens.TableCell[]): HTMLElement {
  const views = cells.map(({ tokens }) => el(tag, {}, renderAll(tokens)));
  return el("tr", {}, views);
}

function renderTable({ header, rows }: Tokens.Table): HTMLElement {
  const body = rows.map((row) => renderRow("td", row));
  return el("table", { tabindex: "0" }, el("thead", {}, renderRow("th", header)), el("tbody", {}, body));
}

/**
 * A token as nodes. Nodes are made from text, never from HTML: HTML in an answer is shown as it is, and an image, which
 * would be fetched from another host, becomes a link.
 */
function render(token: MarkedToken): Child {
  switch (token.type) {
    case "heading":
      return el(HEADINGS[token.depth - 1] ?? "h6", {}, renderAll(token.tokens));
    case "paragraph":
    case "blockquote":
    case "strong":
    case "em":
    case "del":
      return el(TAGS[token.type], {}, renderAll(token.tokens));
    case "list":
      return renderList(token);
    case "table":
      return renderTable(token);
    case "code":
      return el("pre", { tabindex: "0" }, el("code", {}, token.text));
    case "codespan":
      return el("code", {}, token.text);
    case "link":
      return renderLink(token.href, renderAll(token.tokens));
    case "image":
      return renderLink(token.href, token.text || token.href);
    case "hr":
    case "br":
      return el(token.type);
    case "text":
      return "tokens" in token && token.tokens ? renderAll(token.tokens) : decodeEntities(token.text);
    case "html":
    case "escape":
      return token.text;
    default:
      return undefined;
  }
}

function renderAll(tokens: readonly Token[]): Child {
  // Without extensions every token is one of marked's own.
  return tokens.map((token) => render(token as MarkedToken));
}

/**
 * Returns a function that renders Markdown that grows. Only changed blocks are rendered again, so that a selection in
 * the other blocks survives and an update costs no more than the last paragraph.
 */
export function createMarkdown(target: HTMLElement): (text: string) => void {
  let rendered: string[] = [];
  return (text) => {
    const blocks = new Lexer().lex(text).filter(({ type }) => type !== "space" && type !== "def");
    for (const [index, block] of blocks.entries()) {
      if (rendered[index] === block.raw) continue;
      const element = el("div", {}, renderAll([block]));
      const old = target.children[index];
      if (old) old.replaceWith(element);
      else target.append(element);
    }
    while (target.children.length > blocks.length) target.lastElementChild?.remove();
    rendered = blocks.map(({ raw }) => raw);
  };
}
