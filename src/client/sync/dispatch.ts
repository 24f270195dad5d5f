import type { ApplyResult } from '../state/local-state.ts';
import type { StateMessage } from '../state/state-messages.ts';
import type { TabContext } from './sync-host.ts';

/**
 * The origin of messages. Only those of `this-tab` are stored and sent to the other tabs: what was read from
 * the `store` is stored already, and what came from an `other-tab` must not be sent back.
 */
export type Origin = 'this-tab' | 'other-tab' | 'store';

/** The effect of a dispatch. */
export interface DispatchResult extends ApplyResult {
  /** Resolves once it is stored, or cannot be; undefined when there is nothing to store. */
  readonly stored: Promise<void> | undefined;
}

/** Applies messages to one client, all stages in order. Several messages of one call show at once. */
export type Dispatch = (messages: readonly StateMessage[], origin?: Origin) => DispatchResult;

/** The stages that only a client with a store and with other tabs has. */
export interface SharedStages {
  /** Applies outcomes from a socket, and reports refused changes of closed pages: they have no promises any more. */
  readonly settle: (result: ApplyResult) => void;
  readonly persist: (result: ApplyResult) => Promise<void> | undefined;
  readonly broadcast: (result: ApplyResult) => void;
  /** Calls the subscribers of what only such a client has: peers and undo. */
  readonly notify: (result: ApplyResult) => void;
}

/** Notified of every dispatch of this tab. Must not dispatch itself meanwhile. */
export interface DispatchObserver {
  observe(result: ApplyResult): void;
  /** Called last: its subscribers may push. */
  notify(): void;
  close(): void;
}

/**
 * The one way by which anything changes in a client. The first stage makes the result; each of the others gets it as a
 * value, and none of them dispatches. A single tab in memory has no `shared` stages.
 */
export const createDispatch =
  ({ local, promises, ticketPoller, subscribers }: TabContext, shared?: SharedStages): Dispatch =>
  (messages, origin = 'this-tab') => {
    // 1. Local state.
    const result = local.apply(messages);
    // 2. Promises.
    if (result.update === 'new-epoch' || messages.some(({ type }) => type === 'state-dropped')) promises.onNewEpoch();
    for (const each of result.acknowledgements) promises.acknowledge(each);
    for (const each of result.settlements) promises.settle(each, result.queueBefore.client);
    shared?.settle(result);
    ticketPoller.schedule();
    const own = origin === 'this-tab' ? shared : undefined;
    // 3. Persistence.
    const stored = own?.persist(result);
    // 4. Other tabs.
    own?.broadcast(result);
    // 5. Subscribers.
    shared?.notify(result);
    subscribers.notify();
    return { ...result, stored };
  };
