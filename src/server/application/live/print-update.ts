import { etagOf } from '../../../protocol/version.ts';
import type { Update } from './update-cache.ts';

/** Prints each update once: all readers that are sent the same update share one text. */
const oncePerUpdate = <Text extends string | Uint8Array>(print: (update: Update) => Text) => {
  const texts = new WeakMap<Update, Text>();
  return (update: Update): Text => {
    const known = texts.get(update);
    if (known !== undefined) return known;
    const text = print(update);
    texts.set(update, text);
    return text;
  };
};

/** In most frames `from` is the version before `to`, and is left out: these bytes go to each reader. */
const fromMember = (from: number, to: number): string => (from === to - 1 ? '' : `"from":${from},`);

const printFrame = (update: Update): string => {
  const { epoch, version } = update.version;
  switch (update.kind) {
    case 'patch':
      return `{"type":"patch",${fromMember(update.from, version)}"to":${version},"patch":${update.text}}`;
    case 'state':
      return `{"type":"state","epoch":"${epoch}","version":${version},"state":${update.text}}`;
    case 'gone':
      return `{"type":"gone","epoch":"${epoch}","version":${version}}`;
    default:
      return update satisfies never;
  }
};

/** The update as a frame of a socket. */
export const frameOf = oncePerUpdate(printFrame);

const ENCODER = new TextEncoder();

const printEvent = (update: Update): Uint8Array => {
  const data = update.kind === 'gone' ? '{}' : update.text;
  // JSON text has no line break, so the data cannot end early; the etag is made by this server.
  return ENCODER.encode(`event: ${update.kind}\nid: ${etagOf(update.version)}\ndata: ${data}\n\n`);
};

/** The update as a server-sent event. */
export const eventOf = oncePerUpdate(printEvent);
