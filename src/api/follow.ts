import { pause } from '../client/platform/pause.ts';
import { EventParser } from '../client/transport/event-parser.ts';
import { WAIT_SECONDS_MAX } from '../protocol/limits.ts';
import type { CallOptions } from './call.ts';
import { type End, endOf, type Step, stepOf } from './follow-step.ts';
import { queryOf } from './paths.ts';
import { readStateAnswer, stateCall } from './read-state.ts';
import type { Requester } from './requester.ts';

/** The options of `follow`. */
export interface FollowOptions extends CallOptions {
  /** The JSON Pointer of the only part to follow [V8]. Default: the whole state. */
  readonly path?: string;
  /** The etag of the version that is known: the first step leads on from it. */
  readonly from?: string;
}

/** The server says something every 15 s [V5]. */
const SILENCE_MS = 40_000;
/** It begins at once; what has not come by then is held back by a proxy. */
const FIRST_MS = 10_000;
const PAUSE_MS = 250;

/** Where a follower is, and how long it tries to go on. */
interface Cursor {
  readonly known: string | undefined;
  readonly retryMs: number | undefined;
}

/** @param base the path of the application */
export async function* follow(
  requester: Requester,
  base: string,
  options: FollowOptions,
): AsyncGenerator<Step, void, undefined> {
  let known = options.from;
  let retryMs: number | undefined;
  let isEventStream = true;
  for (;;) {
    const next = isEventStream ? streamed : polled;
    const steps: AsyncGenerator<Step, End> = next(requester, base, { ...options, known, retryMs });
    for (let step = await steps.next(); ; step = await steps.next()) {
      if (step.done === true) {
        isEventStream &&= step.value === 'again';
        break;
      }
      known = step.value.etag;
      yield step.value;
    }
    retryMs = Number.POSITIVE_INFINITY;
    await pause(requester.environment, PAUSE_MS, options.signal);
  }
}

async function* streamed(
  requester: Requester,
  base: string,
  { path, known, retryMs, signal }: FollowOptions & Cursor,
): AsyncGenerator<Step, End> {
  const { response, abort } = await requester.open({
    path: `${base}/state${queryOf({ path: path === '' ? undefined : path })}`,
    headers: { Accept: 'text/event-stream', ...(known === undefined ? {} : { 'Last-Event-ID': known }) },
    retryMs,
    signal,
  });
  const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') === true;
  if (response.body === null || !isStream) {
    abort();
    return 'held back';
  }
  const parser = new EventParser();
  let isSilent = true;
  try {
    for await (const text of piecesOf(requester, response.body, abort)) {
      isSilent = false;
      for (const event of parser.feed(text)) {
        if (event.type === 'end') return endOf(event, requester.tokens);
        const step = stepOf(event);
        if (step !== undefined) yield step;
      }
    }
  } finally {
    abort();
  }
  signal?.throwIfAborted();
  return isSilent ? 'held back' : 'again';
}

/** The text of a body until it ends, breaks, or nothing comes for too long: what is missing comes with the next one. */
async function* piecesOf(
  { environment: { setTimer } }: Requester,
  body: ReadableStream<Uint8Array>,
  abort: () => void,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let cancel = setTimer(FIRST_MS, abort);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      cancel();
      if (done) return;
      yield decoder.decode(value, { stream: true });
      cancel = setTimer(SILENCE_MS, abort);
    }
  } catch {
    // Broken.
  } finally {
    cancel();
  }
}

/** One long-poll. */
async function* polled(
  requester: Requester,
  base: string,
  { path, known, retryMs, signal }: FollowOptions & Cursor,
): AsyncGenerator<Step, End> {
  const options = known === undefined ? { path } : { path, ifNoneMatch: known, patch: true, wait: WAIT_SECONDS_MAX };
  const answer = await requester.send({ ...stateCall(base, options), retryMs, signal });
  const { position: _, ...step } = readStateAnswer(answer);
  if (step.kind !== 'not-modified') yield step;
  return 'held back';
}
