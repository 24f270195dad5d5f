import type { MakeTransport } from '../transport/transport.ts';
import { createDispatch } from './dispatch.ts';
import { SyncEngine } from './sync-engine.ts';
import type { SyncHost, TabContext } from './sync-host.ts';

/** Runs the loops for one tab and keeps its changes in memory. */
export const singleTabHost = (tab: TabContext, makeTransport: MakeTransport): SyncHost => {
  const dispatch = createDispatch(tab);
  const engine = new SyncEngine(tab, dispatch, makeTransport);
  let key = 0;
  engine.start();
  return {
    ready: Promise.resolve(),
    add: (entry) => {
      key += 1;
      dispatch([{ type: 'changes-added', entries: [{ ...entry, key }] }]);
      engine.onChangeAdded();
    },
    amend: (entry) => {
      dispatch([{ type: 'changes-added', entries: [entry] }]);
      engine.onChangeAdded();
    },
    receive: (update) => void engine.receive(update),
    close: () => engine.stop(),
  };
};
