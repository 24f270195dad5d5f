import { afterEach, describe, expect, it, vi } from 'vitest';
import { REFUSED_TOKENS_BURST } from '../../../../src/protocol/operating-limits.ts';
import { Api, fresh, request } from '../../../support/api.ts';
import { evict, inside } from '../../../support/objects.ts';

const lines: any[] = [];
vi.spyOn(console, 'error').mockImplementation((line: string) => {
  try {
    lines.push(JSON.parse(line));
  } catch {
    // Of the runtime.
  }
});
afterEach(() => lines.splice(0));

const logged = (message: string): any[] => lines.filter((line) => line.message === message);

describe('ids of requests', () => {
  it('[G2] stand on refusals and errors, not on successes, and are those of Cloudflare where it sends one', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    expect((await api.state()).headers.get('Changebucket-Request')).toBeNull();
    const made = (await api.push('c', 5, 'add', { by: 1 })).headers.get('Changebucket-Request');
    expect(made).toMatch(/^[\da-f-]{36}$/);
    // Also where no token is needed, and where nothing is.
    for (const path of ['/healthz?nothing=1', '/openapi.json?nothing=1', '/nothing', '/v2/apps/a/b'])
      expect((await request(path)).headers.get('Changebucket-Request'), path).toMatch(/^[\da-f-]{36}$/);
    const ray = { 'cf-ray': '8f1b2c3d4e5f6a7b-FRA' };
    expect((await request('/v1/nothing', { headers: ray })).headers.get('Changebucket-Request')).toBe(ray['cf-ray']);
  });

  it('[G2] an answer with a status from 500 on is logged with its id, once a minute', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    await inside(api.path, ({ sql }) => sql.exec('UPDATE application SET layout = 1').rowsWritten);
    await evict(api.path);
    const first = await api.state();
    await api.state();
    expect(first.status).toBe(503);
    expect(logged('a request was not answered')).toEqual([
      {
        level: 'error',
        time: expect.any(String),
        message: 'a request was not answered',
        application: api.path.replace('/v1/apps/', ''),
        status: 503,
        request: first.headers.get('Changebucket-Request'),
      },
    ]);
  });

  it('[G2] a burst of refused tokens is one line, without any token', async () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.secret-signature';
    for (let i = 0; i < REFUSED_TOKENS_BURST + 5; i += 1)
      await request('/v1/apps/a/b/state', { headers: { Authorization: `Bearer ${token}` } });
    expect(logged('tokens are refused').length).toBe(1);
    expect(JSON.stringify(lines)).not.toContain('secret-signature');
  });
});
