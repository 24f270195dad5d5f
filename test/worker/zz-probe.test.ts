import { it } from 'vitest';
import { Api, fresh } from '../support/api.ts';
it('probe', async () => {
  const api = new Api(fresh());
  await api.merge('c1', 1, {a:1});
  const show = (n: string, a: any) => console.log('PROBE', n, a.status, a.text.slice(0,150), a.headers.get('allow'));
  for (const p of ['//v1', '/state/', '/%73tate', '/STATE', '/state/..', '/./state', '/changes/%2e%2e/1', '/changes/../state','/changes/a%2fb/1','/changes/%00/1','/changes/%zz/1','/changes/%2561/1','/changes/é/1','/changes//1', '/state%3f', '/state;x', '/changes/c1/%31', '\\state', '/state#x', '/changes/c%31/1'])
    show(p, await api.call('GET', p).catch((e: any) => ({status: String(e), text:'', headers: new Headers()})));
  for (const m of ['PATCH','OPTIONS','TRACE','FOO','get','propfind', 'CONNECT', 'HEAD', 'PUT', 'POST', 'QUERY', 'put', 'patch'])
    show(m, await api.call(m, '/state').catch((e: any) => ({status: String(e), text:'', headers: new Headers()})));
});
