import type { Definition } from '../core/definition.ts';
import type { ApplicationInfo, LogPage, RejectionList } from '../protocol/answers.ts';
import type { RejectionFilter } from '../protocol/change-filter.ts';
import type { Receipt, Ticket } from '../protocol/receipt.ts';
import { type Answer, jsonOf, nothingOf } from './answers.ts';
import type { ApplicationApi, Created } from './application-api.ts';
import type { Call, CallOptions } from './call.ts';
import { deletionApi } from './deletion.ts';
import { follow } from './follow.ts';
import { pagesAt } from './pages.ts';
import { pastApi } from './past.ts';
import { queryOf } from './paths.ts';
import {
  type AnyBatch,
  type AnyChange,
  batchCall,
  facts,
  pushCall,
  pushedState,
  pushedTicket,
  pushedTickets,
} from './push.ts';
import type { PushOptions } from './push-api.ts';
import { readStateAnswer, stateCall } from './read-state.ts';
import type { Requester } from './requester.ts';
import { backupCall } from './send-backup.ts';
import type { StateOptions } from './state-api.ts';

/** One application over HTTP. @param base its path @param kind that of its definition, if that is known */
export const applicationApi = <Kind extends Definition>(
  requester: Requester,
  base: string,
  kind: string | undefined,
): ApplicationApi<Kind> => {
  const { newId } = requester.environment;
  const send = (path: string, options: CallOptions = {}, call: Partial<Call> = {}): Promise<Answer> =>
    requester.send({ ...call, path: base + path, signal: options.signal });
  const read = async <Body>(path: string, options?: CallOptions): Promise<Body> => jsonOf(await send(path, options));
  const untyped = {
    state: async (options: StateOptions = {}) => readStateAnswer(await requester.send(stateCall(base, options))),
    follow: (options = {}) => follow(requester, base, options),
    push: async (change: AnyChange, options: PushOptions = {}) => {
      const answer = await requester.send(pushCall({ base, kind, newId }, change, options));
      return pushedState(answer) ?? { ...pushedTicket(answer), ...facts(answer) };
    },
    batch: async (batch: AnyBatch) => {
      const answer = await requester.send(batchCall({ base, kind }, batch));
      return pushedState(answer) ?? { tickets: pushedTickets(answer), ...facts(answer) };
    },
    ticket: (client, n, options) => read<Ticket>(`/changes/${client}/${n}`, options),
    create: async (named = kind, options) => createdBy(await send('', options, putJson({ kind: named }))),
    info: (options) => read<ApplicationInfo>('', options),
    delete: async (options) => nothingOf(await send('', options, { method: 'DELETE', repeat: 'if-refused' })),
    log: (options = {}) => pagesAt(requester, `${base}/log`, options, ({ entries }: LogPage) => entries),
    rejections: ({ signal, ...filter }: CallOptions & RejectionFilter = {}) =>
      read<RejectionList>(`/rejections${queryOf({ ...filter })}`, { signal }),
    retryRejection: async (seq, options) => {
      const answer = await send(`/rejections/${seq}/retry`, options, { method: 'POST', repeat: 'if-refused' });
      const body = jsonOf<Receipt | { readonly receipts: readonly Receipt[] }>(answer);
      return 'receipts' in body ? body.receipts : [body];
    },
    discardRejection: async (seq, options) =>
      nothingOf(await send(`/rejections/${seq}`, options, { method: 'DELETE', repeat: 'if-refused' })),
    setPublic: async (isPublic, options) =>
      nothingOf(await send('/public', options, { method: isPublic ? 'PUT' : 'DELETE' })),
    export: async ({ signal } = {}) => requester.stream({ path: `${base}/export`, signal }),
    import: async (backup, options) =>
      jsonOf<ApplicationInfo>(await send('/import', options, { ...backupCall(backup), method: 'PUT' })),
    ...pastApi(requester, base),
    ...deletionApi(requester, base),
  } satisfies UntypedApi;
  // The types of the definition are the caller's word for what the application is.
  return untyped as unknown as ApplicationApi<Kind>;
};

/** The calls whose types depend on the definition are looser here. */
type UntypedApi = Omit<ApplicationApi, TypedCall> & Record<TypedCall, unknown>;
type TypedCall = 'state' | 'follow' | 'push' | 'batch' | 'log' | 'rejections';

const putJson = (body: object): Partial<Call> => ({
  method: 'PUT',
  headers: { 'Content-Type': 'application/json' },
  body: () => JSON.stringify(body),
});

const createdBy = (answer: Answer): Created => ({
  created: answer.status === 201,
  info: jsonOf<ApplicationInfo>(answer),
});
