import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/conformance/rules/table.ts';

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
