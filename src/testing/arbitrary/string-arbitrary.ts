import type fastCheck from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { JsonSchema } from './json-schema.ts';

type FastCheck = typeof fastCheck;

/** Texts for a schema of the type string. @throws TypeError for a pattern that fast-check cannot generate */
export const stringArbitrary = (fc: FastCheck, schema: JsonSchema): Arbitrary<string> => {
  const { pattern, format, minLength, maxLength } = schema;
  const formatted = format === undefined ? undefined : formatArbitrary(fc, format);
  const within = (text: string): boolean => {
    const length = [...text].length;
    return length >= (minLength ?? 0) && length <= (maxLength ?? Number.POSITIVE_INFINITY);
  };
  // What has a format mostly has a pattern, too, and a value of the format mostly fits it.
  if (formatted !== undefined)
    return pattern === undefined ? formatted.filter(within) : formatted.filter(tester(pattern));
  if (pattern !== undefined) return matching(fc, pattern).filter(within);
  const bounds = {
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
  };
  return fc.oneof(
    fc.string({ unit: 'grapheme-ascii', ...bounds }),
    fc.string({ unit: 'grapheme', ...bounds }).filter(within),
  );
};

/** With the flag `u`, as JSON Schema says; some patterns are written without regard for that. */
const expression = (pattern: string): RegExp => {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return new RegExp(pattern);
  }
};

const tester = (pattern: string): ((text: string) => boolean) => {
  const regExp = expression(pattern);
  return (text) => regExp.test(text);
};

const matching = (fc: FastCheck, pattern: string): Arbitrary<string> => {
  try {
    return fc.stringMatching(expression(pattern));
  } catch (cause) {
    throw new TypeError(`fast-check cannot generate the pattern ${pattern}.`, { cause });
  }
};

/** Years that every parser of dates takes. */
const DATES = { min: new Date('1970-01-01T00:00:00Z'), max: new Date('2099-12-31T23:59:59Z'), noInvalidDate: true };

/** Undefined for a format that is not known: it is only a hint. */
const formatArbitrary = (fc: FastCheck, format: string): Arbitrary<string> | undefined => {
  const iso = (): Arbitrary<string> => fc.date(DATES).map((date) => date.toISOString());
  const known: Readonly<Record<string, () => Arbitrary<string>>> = {
    'date-time': iso,
    date: () => iso().map((text) => text.slice(0, 10)),
    time: () => iso().map((text) => text.slice(11)),
    email: () => fc.tuple(word(fc), word(fc)).map(([name, domain]) => `${name}@${domain}.org`),
    uri: () => fc.webUrl(),
    url: () => fc.webUrl(),
    uuid: () => fc.uuid({ version: 4 }),
    ipv4: () => fc.ipV4(),
    ipv6: () => fc.ipV6(),
  };
  return Object.hasOwn(known, format) ? known[format]?.() : undefined;
};

const word = (fc: FastCheck): Arbitrary<string> => fc.stringMatching(/^[a-z]{1,12}$/);
