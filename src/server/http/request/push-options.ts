import { KIND_HEADER } from '../../../protocol/kind.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import { type HeaderReader, unwrap } from './context.ts';
import { parseIfMatch } from './entity-tags.ts';
import { parseKind } from './kind.ts';
import { type Prefer, parsePrefer } from './prefer.ts';

/** The members of a push that come from its headers and its sender. */
export type PushOptions = Omit<PushMessage, 'sender' | 'changes' | 'atomicity' | 'via'>;

/** The options of a push, and the preferences that they were read from. */
export interface ReadPushOptions {
  readonly prefer: Prefer;
  readonly options: PushOptions;
}

/** @throws ProblemError `invalid-header` */
export const readPushOptions = (
  header: HeaderReader,
  sender: Pick<PushMessage, 'user' | 'ifMissing' | 'role' | 'claims'>,
): ReadPushOptions => {
  const prefer = unwrap(parsePrefer(header('Prefer')));
  const { tags: match } = unwrap(parseIfMatch(header('If-Match')));
  const { name: kind } = unwrap(parseKind(header(KIND_HEADER)));
  const options: PushOptions = {
    ...sender,
    ...(kind === undefined ? {} : { kind }),
    ...(match === undefined ? {} : { match }),
    validate: prefer.precheck ? 'on-accept' : 'when-applied',
    ...(prefer.wait === undefined ? {} : { wait: prefer.wait }),
    returns: prefer.return === 'representation' ? 'state' : 'receipts',
  };
  return { prefer, options };
};
