import { catchUp } from '../../../core/drain/catch-up.ts';
import { valueAt } from '../../../core/json/locate.ts';
import type { Json } from '../../../protocol/json.ts';
import { WAIT_SECONDS_MAX } from '../../../protocol/limits.ts';
import { problem } from '../../../protocol/problems.ts';
import type { Version } from '../../../protocol/version.ts';
import type { ReadAnswer, ReadMessage } from '../../rpc/messages.ts';
import { type LoadedState, positionOf, stateJson } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { patchSince, stateAt } from './history.ts';
import { isPartUntouched } from './part-history.ts';

/**
 * The lowest version that may answer a read, and how many seconds the read may wait for it. With `Prefer: drain` the
 * answer contains everything acknowledged before the read began [S6] [S7].
 */
export const versionNeeded = (
  { head }: Pick<LoadedState, 'head'>,
  { drain, minVersion = 0, wait = 0 }: Pick<ReadMessage, 'drain' | 'minVersion' | 'wait'>,
): { readonly version: number; readonly seconds: number } =>
  drain === 'first'
    ? { version: Math.max(head, minVersion), seconds: WAIT_SECONDS_MAX }
    : { version: minVersion, seconds: wait };

/** Answers a read from the loaded state, without waiting [S1] [S2] [S3] [S8] [S9]. */
export const answerRead = (database: Database, loaded: LoadedState, message: ReadMessage): ReadAnswer => {
  const position = positionOf(loaded, Date.now());
  if (message.at !== undefined) return answerEarlierVersion(database, loaded, message, message.at);
  const version: Version = { epoch: loaded.row.epoch, version: loaded.version };
  const need =
    message.known === '*' ? ({ kind: 'unchanged' } as const) : catchUp(message.known, version, loaded.oldestVersion);
  const { path } = message;
  const isUnchanged =
    need.kind === 'unchanged' ||
    (need.kind === 'patch' && path !== undefined && isPartUntouched(database, loaded, need.from, path));
  if (isUnchanged) return unchangedPart(loaded, loaded.tree.root, version, path);
  if (need.kind === 'patch' && message.delta === 'json-patch' && path === undefined) {
    const body = patchSince(database, loaded, need.from);
    const base = { ...version, version: need.from };
    if (body !== undefined) return { kind: 'patch', base, version, position, body };
  }
  if (path === undefined) return { kind: 'state', version, position, body: stateJson(loaded) };
  return answerPart(loaded, loaded.tree.root, version, path);
};

/** A reader that has the newest value of a part: a part that does not exist is still unknown to it [S9]. */
const unchangedPart = (loaded: LoadedState, root: Json, version: Version, path: string | undefined): ReadAnswer => {
  if (path !== undefined && valueAt(root, path) === undefined) return unknownPath(loaded, path);
  return { kind: 'unchanged', version, position: positionOf(loaded, Date.now()) };
};

const answerEarlierVersion = (
  database: Database,
  loaded: LoadedState,
  message: ReadMessage,
  at: number,
): ReadAnswer => {
  const position = positionOf(loaded, Date.now());
  if (at > loaded.version) {
    return {
      kind: 'refused',
      position,
      problem: problem('unknown-version', `The state is at version ${loaded.version}.`),
    };
  }
  const version: Version = { epoch: loaded.row.epoch, version: at };
  const isKnown =
    message.known !== '*' && message.known.some(({ epoch, version: known }) => epoch === version.epoch && known === at);
  if (isKnown && message.path === undefined) return { kind: 'unchanged', version, position };
  const state = at === loaded.version ? loaded.tree.root : stateAt(database, loaded, at);
  if (state !== undefined && isKnown) return unchangedPart(loaded, state, version, message.path);
  if (state !== undefined) return answerPart(loaded, state, version, message.path ?? '');
  const oldest = loaded.oldestVersion;
  const detail = `History reaches back to version ${oldest}.`;
  return { kind: 'refused', position, problem: problem('history-expired', detail, { oldest }) };
};

const answerPart = (loaded: LoadedState, root: Json, version: Version, path: string): ReadAnswer => {
  const part = valueAt(root, path);
  if (part === undefined) return unknownPath(loaded, path);
  return { kind: 'state', version, position: positionOf(loaded, Date.now()), body: JSON.stringify(part) };
};

const unknownPath = (loaded: LoadedState, path: string): ReadAnswer => ({
  kind: 'refused',
  position: positionOf(loaded, Date.now()),
  problem: problem('unknown-path', `Nothing stands at ${path.slice(0, 100)}.`),
});
