import { escapeHtml } from './escape.ts';
import type { Heading } from './markdown.ts';
import type { Section } from './pages.ts';

/** What stands around the body of a page. */
export interface Frame {
  readonly title: string;
  /** For search engines and previews. */
  readonly description: string;
  /** The page's path below `/docs/`; empty for the contents. */
  readonly slug: string;
  readonly sections: readonly Section[];
  readonly headings: readonly Heading[];
}

/** A whole HTML page around a body. */
export const renderLayout = (frame: Frame, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${escapeHtml(frame.description)}">
<title>${escapeHtml(frame.title)} · Changebucket</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/theme.css">
<link rel="stylesheet" href="/docs.css">${twinLink(frame.slug)}
<script type="module" src="/docs/search.js"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header>
<p class="brand"><a href="/docs">Changebucket</a></p>
<form role="search" hidden>
<label for="search">Search</label>
<input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="Search (press /)" aria-controls="results">
<div id="results" role="status" hidden></div>
</form>
<p class="links"><a href="/">Demo</a> <a href="/openapi.json">OpenAPI</a> <a href="/llms.txt">llms.txt</a></p>
</header>
<div class="columns">
<details class="menu"><summary>All pages</summary>
<nav aria-label="Pages">
${frame.sections.map((section) => renderSection(section, frame.slug)).join('\n')}
</nav>
</details>
<main id="content">
${body}
${renderNeighbors(frame)}
</main>
${renderContents(frame.headings)}
</div>
</body>
</html>
`;

const twinLink = (slug: string): string =>
  slug === '' ? '' : `\n<link rel="alternate" type="text/markdown" href="/docs/${slug}.md">`;

const renderSection = ({ title, pages }: Section, current: string): string => {
  const links = pages.map(({ slug, title: name }) => {
    const state = slug === current ? ' aria-current="page"' : '';
    return `<li><a href="/docs/${slug}"${state}>${escapeHtml(name)}</a></li>`;
  });
  return `<h2>${escapeHtml(title)}</h2>\n<ul>\n${links.join('\n')}\n</ul>`;
};

/** The sections of this page; none where there are too few to need it. */
const renderContents = (headings: readonly Heading[]): string => {
  const sections = headings.filter(({ depth }) => depth === 2);
  if (sections.length < 2) return '';
  const links = sections.map(({ anchor, title }) => `<li><a href="#${anchor}">${title}</a></li>`);
  return `<nav class="contents" aria-label="On this page">\n<h2>On this page</h2>\n<ul>\n${links.join('\n')}\n</ul>\n</nav>`;
};

const renderNeighbors = ({ slug, sections }: Frame): string => {
  const pages = sections.flatMap((section) => section.pages);
  const index = pages.findIndex((page) => page.slug === slug);
  if (index < 0) return '';
  const link = (page: (typeof pages)[number] | undefined, rel: 'prev' | 'next'): string =>
    page === undefined ? '' : `<a rel="${rel}" href="/docs/${page.slug}">${escapeHtml(page.title)}</a>`;
  const twin = `<a href="/docs/${slug}.md">This page as Markdown</a>`;
  return `<p class="neighbors">${link(pages[index - 1], 'prev')}${twin}${link(pages[index + 1], 'next')}</p>`;
};
