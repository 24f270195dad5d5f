import { APPLICATION } from './call.ts';
import type { Circle } from './circle.ts';
import { byId, setText } from './element.ts';

const CHANGE = `-H 'Content-Type: application/json' -d '{"name":"open","args":{"box":"2"}}'`;

/** POST rather than PUT: it needs no counter, so that the same line works again and again [Q8]. */
export const showCurlLine = ({ session }: Circle): void => {
  const token = session.token && '-H "Authorization: Bearer $TOKEN" ';
  setText('curl', `curl ${location.origin}${APPLICATION}/changes ${token}${CHANGE}`);
};

export const listenToCopy = (): void => {
  byId('copy').onclick = () => void copy();
};

const copy = async (): Promise<void> => {
  const line = byId('curl');
  try {
    await navigator.clipboard.writeText(line.textContent ?? '');
    setText('copied', 'Copied.');
  } catch {
    // Pages without TLS have no clipboard.
    getSelection()?.selectAllChildren(line);
    setText('copied', 'Selected.');
  }
};
