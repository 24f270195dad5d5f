import { Marked, type RendererObject, type Tokens } from 'marked';
import { anchorCounter, ruleAnchor } from './anchors.ts';
import { renderDiagram } from './diagrams.ts';
import { escapeHtml } from './escape.ts';
import type { LinkResolver } from './links.ts';

/** A heading of a page, for its contents. */
export interface Heading {
  readonly anchor: string;
  readonly depth: number;
  /** As HTML. */
  readonly title: string;
}

/** A page as HTML. */
export interface RenderedPage {
  readonly html: string;
  readonly headings: readonly Heading[];
}

/** What rendering needs to know of the site. */
export interface RenderContext {
  /** The Markdown file, from the root of the repository. */
  readonly source: string;
  readonly resolve: LinkResolver;
  /** The ids of the protocol's rules: `Q3`. */
  readonly rules: ReadonlySet<string>;
}

/** `[Q3]` as a definition at the start of a list item of PROTOCOL.md. */
const DEFINITION = /^\*\*\[([A-Z]\d+)\]\*\*/;
const RULE = /^\[([A-Z]\d+)\](?![(\]])/;
/** The name of a file behind the language of a block of code. */
const FILE = /^[\w/-]+(?:\.\w+)+$/;
const NAMED_ANCHOR = /<a id="([^"]+)"><\/a>/;

/** Renders Markdown: headings and rules get anchors, quoted rules and links to other pages lead to them. */
export const renderMarkdown = (text: string, context: RenderContext): RenderedPage => {
  const headings: Heading[] = [];
  const marked = new Marked({ renderer: rendererOf(context, headings), extensions: [ruleExtension(context)] });
  return { html: marked.parse(text, { async: false }), headings };
};

const ruleExtension = ({ rules }: RenderContext) => ({
  name: 'rule',
  level: 'inline' as const,
  start: (text: string): number => text.search(/\[[A-Z]\d+\]/),
  tokenizer: (text: string) => {
    const [raw, id] = RULE.exec(text) ?? [];
    return raw === undefined || id === undefined || !rules.has(id) ? undefined : { type: 'rule', raw, id };
  },
  renderer: (token: Tokens.Generic) => {
    const id = String(token['id']);
    return `<a class="rule" href="/docs/protocol#${ruleAnchor(id)}">[${id}]</a>`;
  },
});

/** Lines of a tour that are a part of the answer: nobody wants to select or copy them. */
const ANSWERS = /^#&gt; .*(?:\n|$)/gm;

const codeHtml = (text: string, lang: string): string => {
  const html = escapeHtml(text);
  return lang.split(' ').includes('tour') ? html.replace(ANSWERS, '<span class="answer">$&</span>') : html;
};

const rendererOf = ({ source, resolve }: RenderContext, headings: Heading[]): RendererObject => {
  const nextAnchor = anchorCounter();
  return {
    heading({ tokens, depth, text }) {
      const anchor = nextAnchor(text);
      const named = NAMED_ANCHOR.exec(text)?.[1];
      const inner = this.parser.parseInline(tokens).replace(NAMED_ANCHOR, '');
      headings.push({ anchor, depth, title: inner.replace(/<\/?a\b[^>]*>/g, '') });
      const alias = named === undefined || named === anchor ? '' : `<a id="${escapeHtml(named)}"></a>`;
      const link = depth === 1 ? '' : ` <a class="anchor" href="#${anchor}" aria-label="Link to this section">#</a>`;
      return `<h${depth} id="${anchor}">${alias}${inner}${link}</h${depth}>\n`;
    },
    code({ text, lang = '' }) {
      if (lang === 'mermaid') return renderDiagram(text);
      const file = lang.split(' ').find((word) => FILE.test(word));
      const name = file === undefined ? '' : `<p class="file"><code>${escapeHtml(file)}</code></p>\n`;
      return `${name}<pre tabindex="0"><code>${codeHtml(text, lang)}</code></pre>\n`;
    },
    // Comments hold what tests need of a page.
    html({ text: html }) {
      return html.startsWith('<!--') ? '' : html;
    },
    listitem(item) {
      const id = DEFINITION.exec(item.text)?.[1];
      const attribute = id === undefined || source !== 'PROTOCOL.md' ? '' : ` id="${ruleAnchor(id)}"`;
      return `<li${attribute}>${this.parser.parse(item.tokens)}</li>\n`;
    },
    link({ href, tokens }) {
      const inner = this.parser.parseInline(tokens);
      const url = resolve(source, href);
      return url === undefined ? inner : `<a href="${escapeHtml(url)}">${inner}</a>`;
    },
    image({ href, text }) {
      return `<img src="${escapeHtml(resolve(source, href) ?? href)}" alt="${escapeHtml(text)}">`;
    },
    table(token) {
      // An empty header is announced as one without a name.
      const cell = ({ tokens, header }: Tokens.TableCell): string =>
        header && tokens.length > 0
          ? `<th>${this.parser.parseInline(tokens)}</th>`
          : `<td>${this.parser.parseInline(tokens)}</td>`;
      const row = (cells: readonly Tokens.TableCell[]): string => `<tr>${cells.map(cell).join('')}</tr>\n`;
      const body = token.rows.map(row).join('');
      return `<div class="table" tabindex="0"><table>\n<thead>${row(token.header)}</thead>\n<tbody>${body}</tbody>\n</table></div>\n`;
    },
  };
};
