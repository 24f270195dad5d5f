import { createServer } from 'node:http';
import ShareDB from 'sharedb';
import { WebSocketServer } from 'ws';
import { firstItems } from '../items.ts';
import { SocketStream } from './socket-stream.ts';

// ShareDB with its own memory database, over ws.

const share = new ShareDB();
const board = share.connect().get('boards', 'board');
board.create({ items: firstItems() }, () => {
  const server = createServer((_, answer) => answer.end('ready'));
  new WebSocketServer({ server }).on('connection', (socket) => share.listen(new SocketStream(socket)));
  server.listen(Number(process.env['PORT']), '127.0.0.1');
});
