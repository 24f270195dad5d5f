import { EventParser, type ServerEvent } from '../../client/transport/event-parser.ts';
import { parseEtag, type Version } from '../../protocol/version.ts';
import { CommandError } from '../command-line/command-error.ts';
import { type Connection, withoutLimit } from './connection.ts';
import { open, send } from './send.ts';

/** One step of a state: the whole of it, a JSON Patch, or that there is nothing at the path any more. */
export interface Step {
  readonly type: 'state' | 'patch' | 'gone';
  /** The version that it leads to. */
  readonly at: Version;
  /** JSON on one line; empty for `gone`. */
  readonly text: string;
}

/** Why a stream of events has ended. */
type End = 'again' | 'held back';

/** The server says something every 15 s [V5]. */
const SILENCE_MS = 40_000;
/** It begins at once; what has not come by then is held back by a proxy. */
const FIRST_MS = 10_000;
const PAUSE_MS = 250;
const WAIT_S = 25;

/**
 * Follows a state over reconnections, without a gap.
 *
 * @param path of the state, with its query
 * @throws CommandError when the application is deleted or not allowed any more, or at first when nothing answers
 */
export async function* follow(connection: Connection, path: string): AsyncGenerator<Step> {
  let cursor: string | undefined;
  let patience = connection;
  let isEventStream = true;
  for (;;) {
    const steps: AsyncGenerator<Step, End> = isEventStream
      ? streamed(patience, path, cursor)
      : polled(patience, path, cursor);
    for (let next = await steps.next(); ; next = await steps.next()) {
      if (next.done === true) {
        isEventStream &&= next.value === 'again';
        break;
      }
      cursor = `"${next.value.at.epoch}.${next.value.at.version}"`;
      yield next.value;
    }
    patience = withoutLimit(connection);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function* streamed(connection: Connection, path: string, cursor: string | undefined): AsyncGenerator<Step, End> {
  const headers = { Accept: 'text/event-stream', ...(cursor === undefined ? {} : { 'Last-Event-ID': cursor }) };
  const { response, abort } = await open(connection, { path, headers });
  if (response.body === null || !isStream(response)) return 'held back';
  const parser = new EventParser();
  let isSilent = true;
  for await (const text of piecesOf(response.body, abort)) {
    isSilent = false;
    for (const event of parser.feed(text)) {
      if (event.type === 'end') return endOf(event);
      const step = stepOf(event);
      if (step !== undefined) yield step;
    }
  }
  return isSilent ? 'held back' : 'again';
}

/** The text of a body until it ends, breaks, or nothing comes for too long: what is missing comes with the next one. */
async function* piecesOf(body: ReadableStream<Uint8Array>, abort: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let timer = setTimeout(abort, FIRST_MS);
  try {
    for await (const piece of body) {
      clearTimeout(timer);
      yield decoder.decode(piece, { stream: true });
      timer = setTimeout(abort, SILENCE_MS);
    }
  } catch {
    // Broken.
  } finally {
    clearTimeout(timer);
    abort();
  }
}

const isStream = ({ headers }: Response): boolean =>
  headers.get('Content-Type')?.startsWith('text/event-stream') === true;

const stepOf = ({ type, id, data }: ServerEvent): Step | undefined => {
  const at = parseEtag(id);
  if (at === undefined || !(type === 'state' || type === 'patch' || type === 'gone')) return undefined;
  return { type, at, text: type === 'gone' ? '' : data };
};

/** @throws CommandError for an end after which nothing comes */
const endOf = ({ data }: ServerEvent): End => {
  const { reason }: { reason: string } = JSON.parse(data);
  if (reason === 'deleted') throw new CommandError('failed', 'The application was deleted.');
  if (reason === 'token') throw new CommandError('failed', 'The token has expired: set a new one, and begin again.');
  return 'again';
};

/** One long-poll. */
async function* polled(connection: Connection, path: string, cursor: string | undefined): AsyncGenerator<Step, End> {
  const headers = { 'A-IM': 'json-patch', Prefer: `wait=${WAIT_S}` };
  const answer = await send(connection, {
    path,
    headers: cursor === undefined ? {} : { ...headers, 'If-None-Match': cursor },
    waitMs: WAIT_S * 1_000,
  });
  const at = parseEtag(answer.headers.get('ETag') ?? '');
  if (at !== undefined && answer.status !== 304)
    yield { type: answer.status === 226 ? 'patch' : 'state', at, text: answer.text };
  return 'held back';
}
