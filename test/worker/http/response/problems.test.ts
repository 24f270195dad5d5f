import { describe, expect, it } from 'vitest';
import type { ProblemName } from '../../../../src/protocol/problems.ts';
import { problemsIn } from '../../../support/api.ts';
import { ownDocument } from '../../../support/refusals.ts';

describe('[E1] [E2] every problem says what is wrong and nothing else', () => {
  it('only members that are documented', async () => {
    const api = await ownDocument();
    const answers = [
      await api.merge('c1', 9, {}),
      await api.call('PUT', '/changes/c1/2', 'x'.repeat(300_000)),
      await api.call('PUT', '/changes/c1/2', '{"\u0000', {}),
      await api.state({ 'Min-Version': '99' }),
      await api.state({}, '?at=99'),
      await api.ticket('c1', 99),
    ];
    const names = [
      'sequence-gap',
      'too-large',
      'malformed-json',
      'version-not-reached',
      'unknown-version',
      'unknown-ticket',
    ];
    const cures = [['expected'], ['limit'], [], ['retryAfter'], [], []];
    for (const [index, answer] of answers.entries()) {
      expect(problemsIn(answer, answer.status, names[index] as ProblemName)).toEqual([]);
      const { type: _type, title: _title, status: _status, detail: _detail, ...rest } = answer.body;
      expect(Object.keys(rest)).toEqual(cures[index]);
    }
    expect(answers[3]?.headers.get('Retry-After')).toBe(String(answers[3]?.body.retryAfter));
  });

  it('what was sent is echoed shortened or not at all', async () => {
    const api = await ownDocument();
    const secret = 'SESAME'.repeat(20_000);
    const answers = [
      await api.call('PUT', '/changes/c1/2', `{"name":"merge","args":${secret}}`),
      await api.call('PUT', '/changes/c1/2', JSON.stringify({ name: secret })),
      await api.call('PUT', '/changes/c1/2', JSON.stringify({ name: 'merge', args: { [secret]: 1 } })),
      await api.call('PUT', '', JSON.stringify({ kind: secret })),
      await api.state({ Prefer: `wait=${secret.slice(0, 4_000)}` }),
      await api.state({}, `?path=${secret.slice(0, 4_000)}`),
    ];
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.text.length).toBeLessThan(1_000);
    }
  });
});
