import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workerd } from '../support/servers.ts';
import { until } from '../support/wait.ts';

// The README's table of what one chooses with every request: each way to write goes with each way to read.

let workerd: Workerd;

beforeAll(async () => {
  workerd = await Workerd.prepare();
  await workerd.start();
});
afterAll(() => workerd.kill());

/** What a writer knows of its change when its request has been answered. */
interface Written {
  /** A version that has the change. */
  readonly version: number;
  /** Whether the answer says that the change is applied. */
  readonly isApplied: boolean;
}

/** The seq of the last accepted change, which every answer tells. */
const headIn = (answer: Response): number =>
  Number(/head=(\d+)/.exec(answer.headers.get('Changebucket-Position') ?? '')?.[1]);

// Longer than a patch: of a state that is shorter, a stream sends the whole.
const OLD = { old: 'text '.repeat(40) };
const NEW = { ...OLD, new: true };

/** An application of one cell, with one change. */
class Cell {
  readonly #path: string;
  etag = '';

  constructor(name: string) {
    this.#path = `${workerd.url}/v1/apps/me/${name.replaceAll(' ', '-')}`;
  }

  async prepare(): Promise<void> {
    await this.push(1, OLD, { Prefer: 'wait=5' });
    this.etag = (await this.read()).headers.get('ETag') ?? '';
  }

  push(n: number, patch: object, headers: Record<string, string> = {}): Promise<Response> {
    const type = { 'Content-Type': 'application/merge-patch+json' };
    const body = JSON.stringify(patch);
    return fetch(`${this.#path}/changes/writer/${n}`, { method: 'PUT', headers: { ...type, ...headers }, body });
  }

  read(headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.#path}/state`, { headers });
  }

  /** Pushes the change of this cell: `{"new":true}`. */
  write(headers: Record<string, string> = {}): Promise<Response> {
    return this.push(2, { new: true }, headers);
  }

  async ticket(): Promise<string> {
    return ((await (await fetch(`${this.#path}/changes/writer/2`)).json()) as { status: string }).status;
  }
}

const WRITES: Readonly<Record<string, (cell: Cell) => Promise<Written>>> = {
  'fire and forget': async (cell) => {
    const answer = await cell.write({ Prefer: 'return=minimal' });
    expect(answer.status).toBe(204);
    return { version: headIn(answer), isApplied: false };
  },
  ticket: async (cell) => {
    const answer = await cell.write();
    expect(answer.status).toBe(202);
    await until(async () => (await cell.ticket()) === 'applied');
    const { seq } = (await answer.json()) as { seq: number };
    return { version: seq, isApplied: false };
  },
  wait: async (cell) => {
    const answer = await cell.write({ Prefer: 'wait=5' });
    expect(answer.status).toBe(200);
    const { status, version } = (await answer.json()) as { status: string; version: number };
    expect(status).toBe('applied');
    return { version, isApplied: true };
  },
};

/** What the README's table says of a cell. */
type Promised = 'soon' | 'surely' | 'when it is applied';

/** Writes and reads in one cell, and says what the reader may rely on. */
type Read = (cell: Cell, write: () => Promise<Written>) => Promise<Promised>;

const READS: Readonly<Record<string, Read>> = {
  'current state': async (cell, write) => {
    const { isApplied } = await write();
    const state = await (await cell.read()).json();
    if (isApplied) expect(state).toEqual(NEW);
    else expect([OLD, NEW]).toContainEqual(state);
    await until(async () => JSON.stringify(await (await cell.read()).json()) === JSON.stringify(NEW));
    return isApplied ? 'surely' : 'soon';
  },
  drained: async (cell, write) => {
    await write();
    expect(await (await cell.read({ Prefer: 'drain' })).json()).toEqual(NEW);
    return 'surely';
  },
  'min-version': async (cell, write) => {
    const { version } = await write();
    const answer = await cell.read({ 'Min-Version': String(version), Prefer: 'wait=5' });
    expect(await answer.json()).toEqual(NEW);
    return 'surely';
  },
  'long-poll': async (cell, write) => {
    const poll = cell.read({ 'If-None-Match': cell.etag, Prefer: 'wait=20' });
    await write();
    const answer = await poll;
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(NEW);
    return 'when it is applied';
  },
  stream: async (cell, write) => {
    const stream = await cell.read({ Accept: 'text/event-stream' });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    // The state as it was comes first: only then something is written.
    text += (await reader?.read())?.value ?? '';
    const writing = write();
    for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
      text += read.value;
      if (/event: patch\n[\s\S]*\n\n/.test(text)) break;
    }
    expect(text).toMatch(/^event: state\n[\s\S]*data: {"old":"text [\s\S]*event: patch\n[\s\S]*"path":"\/new"/m);
    await writing;
    await reader?.cancel();
    return 'when it is applied';
  },
};

/** The cells of the README's table, by the names before the colons. */
const table = (): Map<string, string> => {
  const rows = [...readFileSync('README.md', 'utf8').matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) =>
    row.split('|').map((cell) => cell.trim()),
  );
  const [columns, ...lines] = rows.filter((cells) => cells.length === 6 && !cells[0]?.startsWith('---'));
  const name = (text = ''): string => text.replaceAll('**', '').split(':')[0] ?? '';
  return new Map(
    lines.flatMap(([write, ...cells]) =>
      cells.map((cell, index) => [`${name(write)} × ${name(columns?.[index + 1])}`, cell] as const),
    ),
  );
};

const CELLS = Object.keys(WRITES).flatMap((write) => Object.keys(READS).map((read) => [write, read] as const));

describe('what one chooses with every request', () => {
  it.each(CELLS)('[T1] %s × %s gives the reader what the README says', async (write, read) => {
    const cell = new Cell(`${write} ${read}`);
    await cell.prepare();
    const promised = await READS[read]?.(cell, async () => {
      const written = await WRITES[write]?.(cell);
      if (written === undefined) throw new Error(`There is no ${write}.`);
      return written;
    });
    expect(table().get(`${write} × ${read}`)).toBe(promised);
  });

  it('the table has these cells and no others', () => {
    expect([...table().keys()]).toEqual(CELLS.map(([write, read]) => `${write} × ${read}`));
  });
});
