import { listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import {
  AUTH_FRAME_EXTRA_LENGTH_MAX,
  TOKEN_LENGTH_MAX,
  UNAUTHENTICATED_SOCKETS_MAX,
} from '../../../../src/protocol/limits.ts';
import { sign } from '../../../support/api.ts';
import { connect, type Line, notePush, opened, problemOf, shake } from '../../../support/live.ts';

const { APPLICATION } = env as unknown as { APPLICATION: DurableObjectNamespace };

const TOKENLESS = { headers: { 'Sec-WebSocket-Protocol': 'changebucket.v1' } };

const ownerOf = (path: string): string => path.split('/')[0] ?? '';

const ends = async (line: Line): Promise<number> => (await line.next('closed')).code;

describe('a socket without a token', () => {
  it.each([
    ['a batch of 330,000 empty changes', `{"type":"batch","client":"c","n":1,"changes":[${'{},'.repeat(329_999)}{}]}`],
    ['a frame that is no JSON', 'hello'],
    ['a ping', 'ping'],
    ['a binary frame', new TextEncoder().encode('{"type":"auth","token":"a.b.c"}').buffer as ArrayBuffer],
    ['an auth frame with another member', '{"type":"auth","token":"a.b.c","more":1}'],
    ['an auth frame with two tokens', '{"type":"auth","token":"a.b.c","token":"d.e.f"}'],
    ['an auth frame with something behind it', '{"type":"auth","token":"a.b.c"}{}'],
    [
      'a token that is too long',
      `{"type":"auth","token":"${'a'.repeat(TOKEN_LENGTH_MAX + AUTH_FRAME_EXTRA_LENGTH_MAX)}"}`,
    ],
    ['an auth frame full of spaces', `{"type":"auth",${' '.repeat(1e6)}"token":"a.b.c"}`],
  ])('[W2] is closed by %s, and hears that it is unauthorized', async (_, message) => {
    const { path } = await opened();
    const line = await connect(path, TOKENLESS);
    line.sendRaw(message);
    expect(problemOf(await line.next('error'))).toBe('unauthorized');
    expect(await ends(line)).toBe(4401);
  });

  it.each([
    ['in the other order', (token: string) => `{"token":"${token}","type":"auth"}`],
    ['with spaces', (token: string) => `\r\n{ "type" :\t"auth" , "token" : "${token}" }\n`],
  ])('[W2] may send its auth frame %s', async (_, frame) => {
    const { path } = await opened();
    const line = await connect(path, TOKENLESS);
    line.sendRaw(frame(await sign({ sub: ownerOf(path) })));
    expect(await line.next('authorized')).toMatchObject({ role: 'admin' });
  });

  it('[W2] [W9] is closed by too much behind its auth frame, before that is looked at', async () => {
    const { path, api } = await opened();
    const line = await connect(path, TOKENLESS);
    line.send({ type: 'auth', token: await sign({ sub: ownerOf(path) }) });
    line.send(notePush('c1', 1, 'a', 'x'.repeat(70_000)));
    expect(problemOf(await line.next('error'))).toBe('rate-limited');
    expect(await ends(line)).toBe(4429);
    expect((await api.drained()).entries.a).toBeUndefined();
  });

  it('[W2] is like any other once it has been let in: large frames, pings, binary frames, its end', async () => {
    const { path, api } = await opened();
    const line = await connect(path, TOKENLESS);
    line.send({ type: 'auth', token: await sign({ sub: ownerOf(path) }) });
    await line.next('authorized');
    line.send({ type: 'subscribe' });
    await line.next('state');
    line.send(notePush('c1', 1, 'a', 'x'.repeat(100_000)));
    await line.next('patch', 'state', 'resync');
    line.sendRaw('ping');
    line.sendRaw(new ArrayBuffer(3));
    expect(problemOf(await line.next('error'))).toBe('invalid-frame');
    expect(line.texts).toEqual(['pong']);
    await api.call('DELETE', '');
    expect(await ends(line)).toBe(4404);
    const other = await opened();
    const leaver = await connect(other.path, TOKENLESS);
    leaver.send({ type: 'auth', token: await sign({ sub: ownerOf(other.path) }) });
    await leaver.next('authorized');
    leaver.close();
    expect(await ends(leaver)).toBe(1000);
  });

  it('[W2] wakes no application: only an authenticated one reaches an object', async () => {
    const name = `owner-${crypto.randomUUID()}/ghost`;
    const objects = async () => (await listDurableObjectIds(APPLICATION)).length;
    const before = await objects();
    const silent = await connect(name, TOKENLESS);
    const wrong = await connect(name, TOKENLESS);
    wrong.send({ type: 'auth', token: await sign({ sub: 'mallory' }) });
    expect(problemOf(await wrong.next('error'))).toBe('unknown-application');
    expect(await objects()).toBe(before);
    const known = await connect(name);
    expect(await objects()).toBe(before + 1);
    known.close();
    silent.close();
  });

  it('[W2] [W17] a hundred of them keep nobody out, with a token in the handshake or in a frame', async () => {
    const { path } = await opened();
    const silent: Line[] = [];
    for (let i = 0; i < UNAUTHENTICATED_SOCKETS_MAX; i += 1) silent.push(await connect(path, TOKENLESS));
    expect((await shake(path)).status).toBe(101);
    const late = await connect(path, TOKENLESS);
    late.send({ type: 'auth', token: await sign({ sub: ownerOf(path) }) });
    expect(await late.next('authorized')).toMatchObject({ role: 'admin' });
    for (const line of silent) line.close();
  });
});
