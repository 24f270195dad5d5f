import type { ApplicationId } from '../../../protocol/ids.ts';
import type { PushAnswer, PushMessage, ReadAnswer, ReadMessage, SenderArguments } from '../../rpc/messages.ts';
import { packPush, packRead, unpackPushAnswer, unpackReadAnswer } from '../../rpc/packing.ts';
import { callApplication, callOnce, type Namespaces } from './call-application.ts';

/** Pushes to an application. A push that cannot be repeated is sent once. Throws like `callApplication`. */
export const pushTo = async (
  env: Namespaces,
  id: ApplicationId,
  message: Omit<PushMessage, 'via'>,
  pass?: string,
): Promise<PushAnswer> => {
  const packed = packPush(message);
  const call = message.sender.kind === 'anonymous' ? callOnce : callApplication;
  return unpackPushAnswer(await call(env, id, (stub) => stub.push(packed, pass)));
};

/** Reads the state of an application. Throws like `callApplication`. */
export const readFrom = async (
  env: Namespaces,
  id: ApplicationId,
  message: ReadMessage,
  sender: SenderArguments,
): Promise<ReadAnswer> => {
  const packed = packRead(message);
  return unpackReadAnswer(await callApplication(env, id, (stub) => stub.read(packed, ...sender)));
};
