import { createElement, Suspense, use } from 'react';
import { renderToString } from 'react-dom/server';
import { renderToReadableStream } from 'react-dom/server.edge';
import { describe, expect, it } from 'vitest';
import { useApplication, usePush, useStatus } from '../../../src/react/react.ts';
import { Clock } from '../client/support/clock.ts';
import { notes } from '../client/support/notes.ts';
import { openNotes } from '../client/support/open.ts';
import { ServerDouble } from '../client/support/server.ts';

describe('the hooks', () => {
  it('let a server that streams wait for the state', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    server.push('other', 1, [{ name: 'note', args: { id: 'a' } }]);
    const client = openNotes(server, clock);
    const List = () => {
      use(client.loaded);
      return createElement(
        'p',
        null,
        useApplication(client, ({ list }) => list.join()),
      );
    };
    const fallback = createElement('i', null, 'Loading');
    const rendering = renderToReadableStream(createElement(Suspense, { fallback }, createElement(List)));
    expect(client.state.list).toEqual([]);
    await clock.pass(1_000);
    const html = await new Response(await rendering).text();
    expect(html).toContain('<p>a</p>');
    client.close();
  });

  // The status is that of the page's client before it connects: what the page hydrates must be the same.
  it('render on a server, with the state known by then and the status of a page that begins', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = openNotes(server, clock);
    const pushes: unknown[] = [];
    const List = () => {
      const list = useApplication(client, (state) => state.list);
      const status = useStatus(client);
      pushes.push(usePush(client));
      return createElement('p', null, `${list.join()} ${status.pending} ${status.transport}`);
    };
    client.push.note({ id: 'a' });
    expect(renderToString(createElement(List))).toBe('<p>a 0 none</p>');
    await clock.pass(1_000);
    expect(renderToString(createElement(List))).toBe('<p>a 0 none</p>');
    expect(pushes[0]).toBe(pushes[1]);
    client.close();
  });
});
