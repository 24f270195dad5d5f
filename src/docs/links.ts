import { dirname, join } from 'node:path';
import type { PageEntry } from './pages.ts';

/**
 * The site's URL for a link; undefined when the site does not have the file: a source file, for example.
 *
 * @param source the Markdown file that has the link, from the root of the repository
 * @param target the link as it is written there
 * @param suffix what a page's URL ends with: `.md` for the Markdown twin, nothing for the page
 */
export type LinkResolver = (source: string, target: string, suffix?: '.md') => string | undefined;

/** Finds links between the pages of a site. */
export const linkResolver = (pages: readonly PageEntry[]): LinkResolver => {
  const slugs = new Map(pages.map(({ source, slug }) => [source, slug]));
  return (source, target, suffix) => {
    if (/^[a-z]+:/.test(target) || target.startsWith('#') || target.startsWith('/')) return target;
    const [file = '', anchor] = target.split('#');
    const path = join(dirname(source), file).replace(/\/$/, '');
    const url = urlOf(path, slugs, suffix ?? '');
    return url === undefined || anchor === undefined ? url : `${url}#${anchor}`;
  };
};

const urlOf = (path: string, slugs: ReadonlyMap<string, string>, suffix: string): string | undefined => {
  if (path === 'README.md') return suffix === '' ? '/docs' : '/llms.txt';
  if (path.startsWith('public/')) return path.slice('public'.length);
  const slug = slugs.get(path) ?? slugs.get(`${path}/README.md`);
  return slug === undefined ? undefined : `/docs/${slug}${suffix}`;
};
