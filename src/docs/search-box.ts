import { addCopyButtons } from './copy-buttons.ts';
import { excerptOf, search } from './search.ts';
import type { SearchEntry } from './search-index.ts';

// The script of the documentation pages: the search box, copying code, and the menu that stays open where there is room for it.

const form = document.querySelector<HTMLFormElement>('form[role=search]');
const input = document.querySelector<HTMLInputElement>('#search');
const results = document.querySelector<HTMLElement>('#results');

let index: Promise<readonly SearchEntry[]> | undefined;

/** Loads the index once, when somebody begins to search; after a failure the next search tries again. */
const loadIndex = (): Promise<readonly SearchEntry[]> => {
  index ??= fetch('/docs/search.json')
    .then((response) => response.json() as Promise<readonly SearchEntry[]>)
    .catch((error: unknown) => {
      index = undefined;
      throw error;
    });
  return index;
};

const resultOf = (entry: SearchEntry, query: string): HTMLElement => {
  const link = document.createElement('a');
  link.href = entry.url;
  const title = document.createElement('strong');
  title.textContent = entry.heading === entry.page ? entry.page : `${entry.page}: ${entry.heading}`;
  const excerpt = document.createElement('span');
  excerpt.textContent = excerptOf(entry, query);
  link.append(title, excerpt);
  return link;
};

const showResults = (target: HTMLElement, query: string, entries: readonly SearchEntry[]): void => {
  const found = search(entries, query).map((entry) => resultOf(entry, query));
  target.replaceChildren(...(found.length > 0 ? found : ['Nothing found.']));
  target.hidden = query.trim() === '';
};

const start = (box: HTMLFormElement, field: HTMLInputElement, target: HTMLElement): void => {
  box.hidden = false;
  field.addEventListener('input', async () => {
    const entries = await loadIndex().catch(() => []);
    showResults(target, field.value, entries);
  });
  box.addEventListener('submit', (event) => {
    event.preventDefault();
    target.querySelector('a')?.click();
  });
  target.addEventListener('click', () => {
    target.hidden = true;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') target.hidden = true;
    const isTyping = event.target instanceof HTMLInputElement;
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    field.focus();
  });
};

if (form !== null && input !== null && results !== null) start(form, input, results);

const menu = document.querySelector<HTMLDetailsElement>('details.menu');
if (menu !== null && matchMedia('(min-width: 900px)').matches) menu.open = true;

addCopyButtons();
