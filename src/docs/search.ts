import type { SearchEntry } from './search-index.ts';

/** Weight of a word in a heading: whoever types a heading's words means that section. */
const HEADING_WEIGHT = 12;
const PAGE_WEIGHT = 6;
/** Occurrences in the text that count: a long page is no better than a short one. */
const OCCURRENCES_MAX = 4;

const occurrences = (text: string, word: string): number => Math.min(text.split(word).length - 1, OCCURRENCES_MAX);

const scoreOf = (entry: SearchEntry, words: readonly string[]): number => {
  const [page, heading, text] = [entry.page.toLowerCase(), entry.heading.toLowerCase(), entry.text.toLowerCase()];
  const scores = words.map(
    (word) =>
      (heading.includes(word) ? HEADING_WEIGHT : 0) + (page.includes(word) ? PAGE_WEIGHT : 0) + occurrences(text, word),
  );
  return scores.includes(0) ? 0 : scores.reduce((sum, score) => sum + score, 0);
};

/** The sections that have every word of a query, the best first. */
export const search = (entries: readonly SearchEntry[], query: string, limit = 8): SearchEntry[] => {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  return entries
    .map((entry) => ({ entry, score: scoreOf(entry, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ entry }) => entry);
};

const wordsOf = (query: string): string[] =>
  query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');

/** Characters before and after the first word that is found. */
const EXCERPT_BEFORE = 40;
const EXCERPT_LENGTH = 140;

/** A part of the entry's text around the first word of the query. */
export const excerptOf = ({ text }: SearchEntry, query: string): string => {
  const at = Math.max(0, text.toLowerCase().indexOf(wordsOf(query)[0] ?? ''));
  const start = Math.max(0, at - EXCERPT_BEFORE);
  const part = text.slice(start, start + EXCERPT_LENGTH);
  return `${start > 0 ? '… ' : ''}${part}${start + EXCERPT_LENGTH < text.length ? ' …' : ''}`;
};
