import { Server } from '@hocuspocus/server';
import { firstItems } from '../items.ts';

// Hocuspocus as it comes, without a database behind it.

const server = new Server({
  port: Number(process.env['PORT']),
  address: '127.0.0.1',
  quiet: true,
  async onLoadDocument({ document }) {
    const items = document.getMap('items');
    for (const [name, item] of Object.entries(firstItems())) {
      items.set(name, item);
      document.getMap('values').set(name, item.value);
    }
    return document;
  },
});
await server.listen();
