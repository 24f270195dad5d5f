import { createMergeableStore } from 'tinybase';
import { createDurableObjectSqlStoragePersister } from 'tinybase/persisters/persister-durable-object-sql-storage';
import {
  getWsServerDurableObjectFetch,
  WsServerDurableObject,
} from 'tinybase/synchronizers/synchronizer-ws-server-durable-object';
import { firstItems } from '../items.ts';

export class Party extends WsServerDurableObject {
  override createPersister() {
    const store = createMergeableStore();
    store.setTable('items', firstItems());
    return createDurableObjectSqlStoragePersister(store, this.ctx.storage.sql, { mode: 'fragmented' });
  }
}

const fetch = getWsServerDurableObjectFetch('Party');

export default { fetch };
