import type { LinkResolver } from './links.ts';
import type { PageEntry, Section } from './pages.ts';

/** `](target)` of a link or an image. */
const LINKS = /\]\(([^)\s]+)\)/g;

/** The Markdown of a page with links that lead to the twins of other pages. */
export const markdownTwin = (text: string, source: string, resolve: LinkResolver): string =>
  text.replace(LINKS, (whole, target: string) => {
    const url = resolve(source, target, '.md');
    return url === undefined ? whole : `](${url})`;
  });

/** The list of all pages for language models, in the form of llmstxt.org. */
export const llmsText = (
  summary: string,
  sections: readonly Section[],
  describe: (page: PageEntry) => string,
): string =>
  [
    '# Changebucket',
    `> ${summary}`,
    'Every page is Markdown. The same pages for people are at `/docs`.',
    ...sections.map(({ title, pages }) => {
      const lines = pages.map((page) => `- [${page.title}](/docs/${page.slug}.md): ${describe(page)}`);
      return `## ${title}\n\n${lines.join('\n')}`;
    }),
  ].join('\n\n');
