import type { MakeTransport } from '../transport/transport.ts';
import { SyncEngine } from './sync-engine.ts';
import type { SyncHost, TabContext } from './sync-host.ts';

/** A tab for itself, in memory. */
export const singleTabHost = (tab: TabContext, makeTransport: MakeTransport): SyncHost => {
  const engine = new SyncEngine(tab, { makeTransport, tell: tab.apply });
  let key = 0;
  engine.start();
  return {
    ready: Promise.resolve(),
    add: (entry) => {
      key += 1;
      tab.apply({ type: 'change-added', entry: { ...entry, key } });
      engine.added();
    },
    close: () => engine.stop(),
  };
};
