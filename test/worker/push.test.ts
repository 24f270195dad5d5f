import { describe, expect, it } from 'vitest';
import { Api, fresh, problemName } from '../support/api.ts';

describe('push', () => {
  it('[Q1] a change is acknowledged with a receipt and a ticket', async () => {
    const api = new Api(fresh());
    const answer = await api.merge('c1', 1, { a: 1 });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ client: 'c1', n: 1, seq: 1 });
    expect(answer.headers.get('Location')).toBe(`${api.path}/changes/c1/1`);
    expect(await api.drained()).toEqual({ a: 1 });
  });
});
