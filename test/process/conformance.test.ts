import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RULES } from '../../src/conformance/rules/table.ts';
import type { RuleResult } from '../../src/conformance/run.ts';
import { runCommand } from '../support/command-run.ts';
import { type Given, HttpProxy, type Treatment } from '../support/http-proxy.ts';
import { Command, freePort } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SECRET = 'a-secret-for-conformance-0123456789abcdef';
const NOT_TRIED = Object.entries(RULES).flatMap(([id, check]) => (typeof check === 'string' ? [id] : []));

const urlOf = async (server: Command): Promise<string> =>
  (await server.prints(/(?:ready|Ready) on (http:\/\/[^\s/]+)/))[1] ?? '';

/** Runs the command, and reads its lines of JSON. */
const tryRules = async (...args: string[]): Promise<{ status: number; results: RuleResult[]; summary: unknown }> => {
  const { status, stdout } = await runCommand('conformance', ...args, '--json');
  const lines = stdout.split('\n').map((line) => JSON.parse(line));
  return { status, results: lines.slice(0, -1), summary: lines.at(-1) };
};

const idsOf = (results: readonly RuleResult[], outcome: RuleResult['outcome']): string[] =>
  results
    .filter((each) => each.outcome === outcome)
    .map(({ rule }) => rule)
    .sort();

let workerd: Command;
let url: string;

beforeAll(async () => {
  vi.stubEnv('AUTH_SECRET', SECRET);
  const port = await freePort();
  const place = ['--port', `${port}`, '--data', temporaryFolder()];
  workerd = new Command(['src/cli/serve.ts', '--entry', 'test/fixtures/conformance-worker.ts', ...place], {
    AUTH_SECRET: SECRET,
  });
  url = await urlOf(workerd);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await workerd.stop();
});

describe('the conformance kit', () => {
  it('tries a Worker under workerd that has its kind, with tokens of several subjects: every rule that it can', async () => {
    const { status, results, summary } = await tryRules(url, '--secret');
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(status).toBe(0);
    // Only where no token is needed, or with a place for backups.
    const notHere = ['A6', 'K4'];
    expect(idsOf(results, 'not testable')).toEqual([...NOT_TRIED, ...notHere].sort());
    const all = Object.keys(RULES).length;
    const notTestable = NOT_TRIED.length + notHere.length;
    expect(summary).toEqual({ passed: all - notTestable, failed: 0, notTestable });
  });

  it('leaves nothing behind', async () => {
    const { results } = await tryRules(url, '--secret', '--only', 'L1,L3');
    expect(results.map(({ rule }) => rule)).toEqual(['L1', 'L3']);
    const { stdout } = await runCommand('token', '--sub', 'conformance');
    const listed = await fetch(`${url}/v1/apps/conformance`, { headers: { Authorization: `Bearer ${stdout}` } });
    expect(await listed.json()).toEqual({ applications: [] });
  });

  it('says for people which rules passed, which not, and why', async () => {
    const { stdout } = await runCommand('conformance', url, '--secret', '--only', 'E1,E3');
    expect(stdout.split('\n').sort()).toEqual([
      '',
      '- E3   not testable: needs an application that cannot be reached',
      '1 passed, 0 failed, 1 not testable.',
      '✓ E1   passed',
    ]);
  });

  it('does not try what one token, or none, cannot', async () => {
    const { stdout: token } = await runCommand('token', '--sub', 'somebody');
    const { results } = await tryRules(url, '--token', token, '--only', 'A1,A2,Q14,E1');
    expect(idsOf(results, 'not testable')).toEqual(['A2', 'Q14']);
    expect(idsOf(results, 'passed')).toEqual(['A1', 'E1']);
  });

  it('ends with 2 for a wrong call, and with 3 where nothing answers or something else does', async () => {
    const statuses = [];
    for (const args of [
      [],
      ['nowhere'],
      [url, '--secret', '--only', 'Z9'],
      ['http://127.0.0.1:1', '--secret'],
      [`${url}/healthz`, '--secret'],
    ])
      statuses.push((await runCommand('conformance', ...args)).status);
    expect(statuses).toEqual([2, 2, 2, 3, 3]);
  });
});

/** Servers that break rules, and the rules that they break. */
const LIARS: readonly (readonly [what: string, treatment: () => Treatment, only: string, failed: readonly string[]])[] =
  [
    [
      'tells no etag',
      () => async (_, forward) => {
        const { headers, ...given } = await forward();
        return { ...given, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'etag')) };
      },
      'S1,S2,S8,S9,I2',
      ['S1', 'S2', 'S8', 'S9'],
    ],
    [
      'takes every push twice',
      () =>
        async ({ method, path }, forward) => {
          const first = await forward();
          return method === 'POST' || /\/changes\/[^/]+\/\d+$/.test(path) ? forward() : first;
        },
      'Q3,Q8,D1,Q2',
      ['Q3', 'Q8'],
    ],
    [
      'answers every third read with the first that it has seen',
      () => {
        const first = new Map<string, Given>();
        let reads = 0;
        return async ({ method, path }, forward) => {
          const given = await forward();
          if (method !== 'GET' || !path.endsWith('/state') || !Buffer.isBuffer(given.body)) return given;
          const stale = first.get(path);
          first.set(path, stale ?? given);
          reads += 1;
          return reads % 3 === 0 ? (stale ?? given) : given;
        };
      },
      'S6,S10,Q3,E1',
      ['S10', 'S6'],
    ],
    [
      'sends patches in the wrong order',
      () => async (_, forward) => {
        const given = await forward();
        if (given.status !== 226) return given;
        const body = Buffer.from(JSON.stringify((JSON.parse(`${given.body}`) as unknown[]).reverse()));
        return { ...given, headers: { ...given.headers, 'content-length': `${body.length}` }, body };
      },
      'S3,S4',
      ['S4'],
    ],
  ];

describe('a server that breaks rules', () => {
  it.each(LIARS)('and %s fails in these', async (_, treatment, only, failed) => {
    const proxy = new HttpProxy(url, treatment());
    try {
      const { status, results } = await tryRules(await proxy.listen(), '--secret', '--only', only);
      expect(idsOf(results, 'failed')).toEqual([...failed].sort());
      expect(status).toBe(1);
      expect(idsOf(results, 'passed').length).toBeGreaterThan(0);
    } finally {
      proxy.close();
    }
  });
});

describe('wrangler dev', () => {
  it('passes the rules of its transports and of errors that it allows to try', async () => {
    const flags = ['--port', `${await freePort()}`, '--inspector-port', `${await freePort()}`];
    const dev = new Command(['--env-file=.tools.env', 'src/cli/dev.ts', ...flags, '--persist-to', temporaryFolder()]);
    try {
      const { status, results } = await tryRules(await urlOf(dev), '--only', 'V,W,T,E');
      expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      expect(status).toBe(0);
      const needTokens = ['W2'];
      const never = NOT_TRIED.filter((id) => /^[VWTE]/.test(id));
      expect(idsOf(results, 'not testable')).toEqual([...never, ...needTokens, 'E2'].sort());
      // Its token would let a request in that a proxy has forwarded.
      const open = await tryRules(await urlOf(dev), '--secret', '--only', 'A1,A6');
      expect([idsOf(open.results, 'passed'), idsOf(open.results, 'not testable')]).toEqual([['A6'], ['A1']]);
    } finally {
      await dev.stop();
    }
  });
});
