import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RULES } from '../../src/conformance/rules/table.ts';
import { checkConformance, unknownRules } from '../../src/conformance/run.ts';
import { runCommand } from '../support/command-run.ts';

describe('the conformance kit', () => {
  it('has every rule of PROTOCOL.md, in its order, and no other', () => {
    const protocol = [...readFileSync('PROTOCOL.md', 'utf8').matchAll(/^- \*\*\[([A-Z]\d+)\]\*\*/gm)].map(
      ([, id]) => id,
    );
    expect(protocol.length).toBeGreaterThan(130);
    expect(Object.keys(RULES)).toEqual(protocol);
  });

  it('says of each rule that it does not try what that would need', () => {
    const reasons = Object.values(RULES).filter((each) => typeof each === 'string');
    for (const reason of reasons) expect(reason).toMatch(/^needs .{8,}[^.]$/);
    expect(reasons.length).toBeLessThan(Object.keys(RULES).length / 4);
  });
});

describe('the rules that `only` names', () => {
  it('are told apart from those that there are not', () => {
    expect(unknownRules(['Q3', 'Q', 'ZZ9', 'q3', 'Q999', '', 'ZZ9'])).toEqual(['ZZ9', 'q3', 'Q999', '']);
    expect(unknownRules(['Q3', 'S'])).toEqual([]);
  });

  it('are refused by the command before anything is sent, when one of them is none', async () => {
    const { status, stdout, stderr } = await runCommand(
      ...['conformance', 'http://127.0.0.1:1', '--only', 'Q3,ZZ9, Y,'],
    );
    expect([status, stdout, stderr]).toEqual([
      2,
      '',
      expect.stringContaining('--only: no rule or section "ZZ9", "Y", ""'),
    ]);
  });
});

describe('a deployment that has neither of the kinds', () => {
  afterEach(() => vi.unstubAllGlobals());
  const target = { url: 'http://a.test', token: undefined, owner: 'me', mint: undefined };
  const answering = (body: object, status = 404): void =>
    void vi.stubGlobal('fetch', async () => Response.json(body, { status }));

  it('is told what to add to its own kinds', async () => {
    answering({ type: 'urn:changebucket:problem:unknown-kind', kinds: ['board', 'poll'] });
    const what =
      /^Its kinds are board, poll: add `conformance` from `changebucket\/conformance` to the kinds of your Worker/;
    await expect(checkConformance(target)).rejects.toThrow(what);
  });

  it('one that takes no such token is told apart from what is no Changebucket', async () => {
    answering({ type: 'urn:changebucket:problem:unauthorized' }, 401);
    await expect(checkConformance(target)).rejects.toThrow(/^It wants a token\. \{"type":/);
    await expect(checkConformance({ ...target, token: 'a.b.c' })).rejects.toThrow(/^It does not take your token\./);
  });

  it('and what tells no kinds is no Changebucket', async () => {
    answering({ hello: 'world' });
    await expect(checkConformance(target)).rejects.toThrow(
      'It does not answer as Changebucket does: {"hello":"world"}',
    );
  });
});
