import type { ApplicationId } from '../../../protocol/ids.ts';
import type { PushAnswer, PushMessage, ReadAnswer, ReadMessage } from '../../rpc/messages.ts';
import { packPush, packRead, unpackPushAnswer, unpackReadAnswer } from '../../rpc/packing.ts';
import { callApplication, callOnce, type Namespaces } from './call-application.ts';

/** Pushes to an application. A push that cannot be repeated is sent once. Throws like `callApplication`. */
export const pushTo = async (
  env: Namespaces,
  id: ApplicationId,
  message: Omit<PushMessage, 'via'>,
): Promise<PushAnswer> => {
  const packed = packPush(message);
  const call = message.sender.kind === 'anonymous' ? callOnce : callApplication;
  return unpackPushAnswer(await call(env, id, (stub) => stub.push(packed)));
};

/** Reads the state of an application. Throws like `callApplication`. @param user the reader's subject [F3] */
export const readFrom = async (
  env: Namespaces,
  id: ApplicationId,
  message: ReadMessage,
  user: string,
): Promise<ReadAnswer> => {
  const packed = packRead(message);
  return unpackReadAnswer(await callApplication(env, id, (stub) => stub.read(packed, user)));
};
