import { describe, expect, it } from 'vitest';
import { Api, fresh, problemName } from '../../../support/api.ts';

/** As in wrangler.toml. */
const LIMIT = 2_000;

describe('the rate limit binding', () => {
  it('[A9] stops one subject, with Retry-After, and no other', async () => {
    const eager = new Api(fresh('eager'));
    await eager.create('document');
    const statuses = new Map<number, number>();
    // A new period may start during the test: then another round is needed.
    for (let sent = 0; sent < 3 * LIMIT && !statuses.has(429); sent += 100) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => eager.state()));
      for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()].sort()).toEqual([200, 429]);
    const refused = await eager.state();
    expect([problemName(refused), refused.headers.get('Retry-After')]).toEqual(['rate-limited', '10']);
    expect((await new Api(fresh('calm')).create('document')).status).toBe(201);
  }, 30_000);
});
