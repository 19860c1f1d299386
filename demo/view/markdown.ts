import DOMPurify from "dompurify";
import { Marked, type Tokens } from "marked";

/** What an answer may be made of: text and its structure. No image, style, form or frame, whatever a model writes. */
const ALLOWED = {
  ALLOWED_TAGS: [
    ..."p br hr h1 h2 h3 h4 h5 h6 blockquote ul ol li pre code em strong del a".split(" "),
    ..."table thead tbody tr th td".split(" "),
  ],
  ALLOWED_ATTR: ["href", "title", "start", "align"],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  RETURN_DOM_FRAGMENT: true as const,
};

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

const markdown = new Marked({
  gfm: true,
  renderer: {
    // HTML in an answer is text that somebody wants to read, and an image would be fetched from elsewhere.
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escapeText(text),
    image: ({ href, text }: Tokens.Image) => `<a href="${escapeText(href)}">${escapeText(text || href)}</a>`,
  },
});

/** Headings of an answer stand below those of the page. */
function lower(fragment: DocumentFragment): void {
  for (const heading of fragment.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const level = Math.min(6, Number(heading.tagName.slice(1)) + 2);
    const lowered = document.createElement(`h${level}`);
    lowered.append(...heading.childNodes);
    heading.replaceWith(lowered);
  }
}

function block(html: string): HTMLElement {
  const fragment = DOMPurify.sanitize(html, ALLOWED);
  lower(fragment);
  for (const link of fragment.querySelectorAll("a")) {
    link.setAttribute("rel", "noopener noreferrer nofollow");
    link.setAttribute("target", "_blank");
  }
  // What scrolls sideways must be reachable by keyboard.
  for (const wide of fragment.querySelectorAll("pre")) wide.setAttribute("tabindex", "0");
  const element = document.createElement("div");
  element.append(fragment);
  return element;
}

/**
 * Renders Markdown that grows. Only the blocks that have changed are made again, so that a selection in the others
 * survives and a long answer costs no more than its last paragraph.
 */
export function markdownInto(target: HTMLElement): (text: string) => void {
  let shown: string[] = [];
  return (text) => {
    const tokens = markdown.lexer(text);
    const blocks = tokens.map((token) => markdown.parser([token]) as string).filter(Boolean);
    for (const [at, html] of blocks.entries()) {
      if (shown[at] === html) continue;
      const old = target.children[at];
      if (old) old.replaceWith(block(html));
      else target.append(block(html));
    }
    while (target.children.length > blocks.length) target.lastElementChild?.remove();
    shown = blocks;
  };
}
