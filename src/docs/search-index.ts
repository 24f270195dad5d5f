/** A section of a page, as the search finds it. */
export interface SearchEntry {
  /** The page's name. */
  readonly page: string;
  /** The section's heading; the page's name for what stands before the first one. */
  readonly heading: string;
  readonly url: string;
  /** The words of the section, without markup. */
  readonly text: string;
}

const HEADING = /<h([1-4]) id="([^"]+)">(.*?)<\/h\1>/g;

/** Tags inside of a sentence: nothing stands between them and the next word. */
const INLINE = /<\/?(?:a|code|em|strong)\b[^>]*>/g;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** HTML as plain words. */
export const plainText = (html: string): string =>
  html
    .replace(/<a class="anchor"[^>]*>#<\/a>/g, '')
    .replace(INLINE, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replace(/\s+/g, ' ')
    .trim();

/** The sections of a rendered page. */
export const searchEntries = (page: string, url: string, html: string): SearchEntry[] => {
  const headings = [...html.matchAll(HEADING)];
  const entries = headings.map((match, index): SearchEntry => {
    const [whole, depth, anchor = '', title = ''] = match;
    const end = headings[index + 1]?.index ?? html.length;
    const text = plainText(html.slice(match.index + whole.length, end));
    return { page, heading: plainText(title), url: depth === '1' ? url : `${url}#${anchor}`, text };
  });
  return entries.filter(({ text, heading }) => text !== '' || heading !== '');
};
