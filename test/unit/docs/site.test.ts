import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SECTIONS, UNLISTED } from '../../../src/docs/pages.ts';
import { buildSite } from '../../../src/docs/site.ts';
import { definedRules } from '../../support/house/protocol-rules.ts';

const entries = [...SECTIONS.flatMap(({ pages }) => pages), ...UNLISTED];
const files = buildSite({
  sections: SECTIONS,
  unlisted: UNLISTED,
  read: (source) => readFileSync(source, 'utf8'),
});
const htmlFiles = [...files].filter(([path]) => path.endsWith('.html'));

const valuesOf = (html: string, attribute: string): string[] =>
  [...html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) => value);

/** Files that the deployment has besides: of the demo page, and what the Worker answers. */
const BESIDE = [
  '/',
  '/openapi.json',
  '/theme.css',
  '/docs.css',
  '/docs/search.js',
  '/architecture.svg',
  '/screenshot.png',
  'data:,',
];

const isThere = (path: string, url: string): boolean => {
  if (BESIDE.includes(url) || /^https?:/.test(url)) return true;
  const [file = '', anchor] = url.split('#');
  const name = file === '' ? path : [file.slice(1), `${file.slice(1)}.html`].find((each) => files.has(each));
  const text = files.get(name ?? '');
  return text !== undefined && (anchor === undefined || valuesOf(text, 'id').includes(anchor));
};

describe('the documentation site', () => {
  it('has every page of docs in its list', () => {
    const sources = new Set(entries.map(({ source }) => source));
    const pages = globSync(['docs/*.md', 'docs/decisions/*.md']);
    expect(pages.length).toBeGreaterThan(10);
    expect(pages.filter((path) => !sources.has(path))).toEqual([]);
  });

  it('links only to pages and sections that are there', () => {
    const broken = htmlFiles.flatMap(([path, html]) =>
      [...valuesOf(html, 'href'), ...valuesOf(html, 'src')]
        .filter((url) => !isThere(path, url))
        .map((url) => `${path}: ${url}`),
    );
    expect(broken).toEqual([]);
  });

  it('gives every rule of the protocol an anchor, and every quoted rule a link', () => {
    const protocol = files.get('docs/protocol.html') ?? '';
    const ids = valuesOf(protocol, 'id');
    const rules = definedRules(readFileSync('PROTOCOL.md', 'utf8'));
    expect(rules.length).toBeGreaterThan(100);
    expect(rules.filter((rule) => !ids.includes(rule.toLowerCase()))).toEqual([]);
    expect(files.get('docs/architecture.html')).toContain('<a class="rule" href="/docs/protocol#q3">[Q3]</a>');
  });

  it('gives no id twice on one page', () => {
    for (const [path, html] of htmlFiles) {
      const ids = valuesOf(html, 'id');
      expect(
        ids.filter((id, index) => ids.indexOf(id) !== index),
        path,
      ).toEqual([]);
    }
  });

  it('has a Markdown twin of every page, which links to other twins', () => {
    for (const { slug } of entries) expect(files.get(`docs/${slug}.md`), slug).toMatch(/^# /);
    expect(files.get('docs/architecture.md')).toContain('](/docs/protocol.md)');
    expect(files.get('docs/architecture.md')).toContain('](/docs/contributing.md#stored-data)');
  });

  it('lists every page with a description in llms.txt', () => {
    const text = files.get('llms.txt') ?? '';
    for (const { title, slug } of entries)
      expect(text).toMatch(new RegExp(`- \\[${title}\\]\\(/docs/${slug}\\.md\\): .{20}`));
    expect(text).toMatch(/^# Changebucket\n\n> .{20}/);
  });

  it('needs nothing from elsewhere, and no inline script or style, which the security policy forbids', () => {
    for (const [path, html] of htmlFiles) {
      expect(html, path).not.toMatch(/<script(?![^>]* src="\/)/);
      expect(html, path).not.toMatch(/<style|\sstyle="|\son\w+="/);
      expect(
        valuesOf(html, 'src').filter((url) => !url.startsWith('/')),
        path,
      ).toEqual([]);
    }
  });
});
