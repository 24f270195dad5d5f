import { ruleAnchor } from './anchors.ts';
import { escapeHtml } from './escape.ts';
import { renderLayout } from './layout.ts';
import { type LinkResolver, linkResolver } from './links.ts';
import { type RenderedPage, renderMarkdown } from './markdown.ts';
import type { PageEntry, Section } from './pages.ts';
import { plainText, type SearchEntry, searchEntries } from './search-index.ts';
import { llmsText, markdownTwin } from './twins.ts';

/** What the site is made from. */
export interface SiteSource {
  readonly sections: readonly Section[];
  /** Pages that are not in the navigation. */
  readonly unlisted: readonly PageEntry[];
  /** The text of a Markdown file, by its path from the root of the repository. */
  readonly read: (source: string) => string;
}

/** The files of the site: their text by the path below `public`. */
export type SiteFiles = ReadonlyMap<string, string>;

const RULES = /^- \*\*\[([A-Z]\d+)\]\*\*/gm;

/** One sentence for search engines: the first paragraph of a page, without its rest. */
const DESCRIPTION_LENGTH_MAX = 200;

interface Rendered extends PageEntry, RenderedPage {
  readonly text: string;
  readonly description: string;
}

/** Makes every file of the documentation site. */
export const buildSite = ({ sections, unlisted, read }: SiteSource): SiteFiles => {
  const entries = [...sections.flatMap(({ pages }) => pages), ...unlisted];
  const resolve = linkResolver(entries);
  const rules = [...read('PROTOCOL.md').matchAll(RULES)].map(([, id = '']) => id);
  const pages = entries.map((entry): Rendered => {
    const text = read(entry.source);
    const rendered = renderMarkdown(text, { source: entry.source, resolve, rules: new Set(rules) });
    return { ...entry, ...rendered, text, description: descriptionOf(rendered.html) };
  });
  const describe = ({ slug }: PageEntry): string => pages.find((page) => page.slug === slug)?.description ?? '';
  const summary = summaryOf(read('README.md'));
  return new Map([
    ['docs.html', renderOverview(sections, describe, summary, rules)],
    ...pages.flatMap((page) => pageFiles(page, sections, resolve)),
    ['docs/search.json', JSON.stringify(pages.flatMap(entriesOf))],
    ['llms.txt', `${llmsText(summary, [...sections, { title: 'Optional', pages: unlisted }], describe)}\n`],
  ]);
};

const pageFiles = (page: Rendered, sections: readonly Section[], resolve: LinkResolver): [string, string][] => [
  [`docs/${page.slug}.html`, renderLayout({ ...page, sections }, page.html)],
  [`docs/${page.slug}.md`, markdownTwin(page.text, page.source, resolve)],
];

const entriesOf = ({ title, slug, html }: Rendered): SearchEntry[] => searchEntries(title, `/docs/${slug}`, html);

const descriptionOf = (html: string): string => {
  const text = plainText(/<p>(.*?)<\/p>/s.exec(html)?.[1] ?? '');
  if (text.length <= DESCRIPTION_LENGTH_MAX) return text;
  const part = text.slice(0, DESCRIPTION_LENGTH_MAX);
  const sentences = /^.*\.(?= )/s.exec(part)?.[0];
  return sentences ?? `${part.slice(0, part.lastIndexOf(' '))} …`;
};

/** The bold sentence of the README. */
const summaryOf = (readme: string): string => /^\*\*(.+)\*\*$/m.exec(readme)?.[1] ?? '';

/** The page at /docs: every page with its description, and every rule. */
const renderOverview = (
  sections: readonly Section[],
  describe: (page: PageEntry) => string,
  summary: string,
  rules: readonly string[],
): string => {
  const lists = sections.map(({ title, pages }) => {
    const items = pages.map(
      (page) =>
        `<dt><a href="/docs/${page.slug}">${escapeHtml(page.title)}</a></dt><dd>${escapeHtml(describe(page))}</dd>`,
    );
    return `<h2>${escapeHtml(title)}</h2>\n<dl>\n${items.join('\n')}\n</dl>`;
  });
  const links = rules.map((id) => `<a href="/docs/protocol#${ruleAnchor(id)}">[${id}]</a>`);
  const body = `<h1>Documentation</h1>\n<p>${escapeHtml(summary)}</p>\n${lists.join('\n')}\n<h2>Rules of the protocol</h2>\n<p class="rules">${links.join(' ')}</p>`;
  return renderLayout({ title: 'Documentation', description: summary, slug: '', sections, headings: [] }, body);
};
