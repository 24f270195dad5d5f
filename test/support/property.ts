import fc from 'fast-check';

/** `SEED=123 npx vitest ...` repeats a run. */
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

console.info(`fast-check seed ${seed}`);

export const holds = <Inputs>(property: fc.IProperty<Inputs>): void => {
  fc.assert(property, { seed, numRuns: 1_000 });
};

export const holdsAsync = <Inputs>(property: fc.IAsyncProperty<Inputs>): Promise<void> =>
  fc.assert(property, { seed, numRuns: 300 });

/** Any string there is, and strings made of the characters that parsers trip over. */
export const hostileText = (characters: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...characters), maxLength: 40 }),
    fc.string({
      unit: fc.oneof(fc.constantFrom(...characters), fc.string({ unit: 'grapheme', maxLength: 3 })),
    }),
  );
