import { PATH } from './http.ts';

export interface Boxes {
  readonly open: string | null;
  readonly forced: string | null;
}

const TEXTS: readonly (readonly [box: string, title: string, text: string])[] = [
  ['1', 'What is pushed?', 'A change: a name and its arguments, under your own counter.'],
  ['2', 'What is polled?', 'The whole state with its version, or 304 when nothing is new.'],
  ['3', 'And the warning?', 'It holds this box open; opening another one is refused by the reducer.'],
];

const element = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;

/** Text nodes only: whatever the state holds is never read as HTML. */
export const show = (id: string, text: string): void => {
  element(id).textContent = text;
};

export const onClick = (id: string, act: () => void): void => element(id).addEventListener('click', act);

/** Makes the three boxes; the state decides later how they look. */
export const buildBoxes = (toggle: (box: string) => void): void => {
  for (const [box, title, text] of TEXTS) {
    const article = document.createElement('article');
    const button = document.createElement('button');
    const body = document.createElement('p');
    article.dataset['box'] = box;
    button.type = 'button';
    button.textContent = title;
    body.textContent = text;
    button.addEventListener('click', () => toggle(box));
    article.append(button, body);
    element('boxes').append(article);
  }
};

export const showBoxes = ({ open, forced }: Boxes): void => {
  for (const article of element('boxes').children as HTMLCollectionOf<HTMLElement>) {
    const isOpen = article.dataset['box'] === open;
    article.classList.toggle('open', isOpen);
    article.querySelector('button')?.setAttribute('aria-expanded', String(isOpen));
    (article.querySelector('p') as HTMLElement).hidden = !isOpen;
  }
  element('warning').setAttribute('aria-pressed', String(forced !== null));
};

export const showNumbers = (numbers: Readonly<Record<string, string>>): void => {
  const rows = Object.entries(numbers).map(([name, value]) => {
    const [row, term, data] = ['div', 'dt', 'dd'].map((tag) => document.createElement(tag)) as [
      HTMLElement,
      HTMLElement,
      HTMLElement,
    ];
    term.textContent = name;
    data.textContent = value;
    row.append(term, data);
    return row;
  });
  element('numbers').replaceChildren(...rows);
};

/** Lights a station of the circle for a moment. */
export const light = (station: string): void => {
  const place = document.querySelector(`[data-station=${station}]`);
  place?.classList.add('lit');
  setTimeout(() => place?.classList.remove('lit'), 120);
};

export const showCurl = (): void =>
  show(
    'curl',
    `curl -X PUT ${location.origin}${PATH}/changes/me/1 \\
  -H 'Content-Type: application/json' -d '{"name":"open","args":{"box":"2"}}'
curl ${location.origin}${PATH}/state`,
  );

export const askForToken = (use: (token: string) => void): void => {
  const form = element<HTMLFormElement>('access');
  form.hidden = false;
  form.onsubmit = (event) => {
    event.preventDefault();
    use(element<HTMLInputElement>('token').value);
  };
};
