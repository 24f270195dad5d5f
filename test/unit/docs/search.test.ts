import { describe, expect, it } from 'vitest';
import { excerptOf, search } from '../../../src/docs/search.ts';
import { searchEntries } from '../../../src/docs/search-index.ts';

const html =
  '<h1 id="client">Client</h1>\n<p>It polls &amp; pushes.</p><h2 id="undo">Undo <a class="anchor" href="#undo">#</a></h2><p>A small change. Polls, polls.</p>';
const entries = searchEntries('Client', '/docs/client', html);

describe('the search', () => {
  it('knows each section with its words', () => {
    expect(entries).toEqual([
      { page: 'Client', heading: 'Client', url: '/docs/client', text: 'It polls & pushes.' },
      { page: 'Client', heading: 'Undo', url: '/docs/client#undo', text: 'A small change. Polls, polls.' },
    ]);
  });

  it('finds sections that have every word, headings first, whatever the case', () => {
    const urls = (query: string) => search(entries, query).map(({ url }) => url);
    expect(urls('UNDO')).toEqual(['/docs/client#undo']);
    expect(urls('polls')).toEqual(['/docs/client#undo', '/docs/client']);
    expect(urls('polls pushes')).toEqual(['/docs/client']);
    expect(urls('nothing')).toEqual([]);
    expect(urls('  ')).toEqual([]);
    expect(search(entries, 'polls', 1)).toHaveLength(1);
  });

  it('shows the words around the first one that was found', () => {
    const entry = { page: 'p', heading: 'h', url: '/', text: `${'a '.repeat(100)}Needle ${'b '.repeat(200)}` };
    expect(excerptOf(entry, 'needle')).toMatch(/^… .*Needle.* …$/);
    expect(excerptOf(entry, 'needle').length).toBeLessThan(160);
    expect(excerptOf({ ...entry, text: 'short' }, 'short')).toBe('short');
  });
});
