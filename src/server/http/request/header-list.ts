/** One item of a list header: `name=value; parameter=value`. Names are in lower case, values unquoted. */
export interface HeaderItem extends HeaderPair {
  readonly parameters: readonly HeaderPair[];
}

/** A name and its value, which is undefined where none was given; RFC 7240 treats `""` as the same. */
export interface HeaderPair {
  readonly name: string;
  readonly value: string | undefined;
}

/** Characters, far above any useful header; some platforms let 128 KB through. */
export const HEADER_LENGTH_MAX = 4_096;
/** The bounds of a cache of parsed header values, 50 KB at most for each header. Clients send far shorter ones. */
export const MEMOIZED_HEADERS_MAX = { entriesMax: 100, lengthMax: 256 } as const;

/** Parses the list syntax of `Prefer` (RFC 7240) and `A-IM` (RFC 3229); undefined when it is malformed [J10]. */
export const parseItems = (text: string): HeaderItem[] | undefined => {
  if (text.length > HEADER_LENGTH_MAX) return undefined;
  const items: OpenItem[] = [];
  let open: OpenItem | undefined;
  for (let at = 0; at < text.length; ) {
    const step = readStep(text, at);
    if (step === undefined || (step.separator === ';' && open === undefined)) return undefined;
    if (step.separator === ';') open?.parameters.push(...pairsOf(step));
    else [open] = pairsOf(step).map((pair) => ({ ...pair, parameters: [] }));
    if (step.separator !== ';' && open !== undefined) items.push(open);
    at = step.end;
  }
  return items;
};

const pairsOf = ({ pair }: Step): HeaderPair[] => (pair === undefined ? [] : [pair]);

/** An item that may still get parameters. */
interface OpenItem extends HeaderPair {
  readonly parameters: HeaderPair[];
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"((?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*)"';
/** A separator and the pair after it. Empty elements are legal (RFC 9110, 5.6.1 and 5.6.6). */
const STEP = new RegExp(`[ \\t]*([,;]?)[ \\t]*(?:(${TOKEN})(?:[ \\t]*=[ \\t]*(?:(${TOKEN})|${QUOTED}))?)?`, 'y');

interface Step {
  readonly separator: string;
  readonly pair: HeaderPair | undefined;
  readonly end: number;
}

const readStep = (text: string, at: number): Step | undefined => {
  STEP.lastIndex = at;
  const [all = '', separator = '', name, token, quoted] = STEP.exec(text) ?? [];
  if (all === '') return undefined;
  if (name === undefined) return { separator, pair: undefined, end: STEP.lastIndex };
  const isSeparated = at === 0 || separator !== '';
  if (!isSeparated) return undefined;
  return { separator, pair: pairOf(name, token ?? unquote(quoted)), end: STEP.lastIndex };
};

const pairOf = (name: string, value: string | undefined): HeaderPair => ({
  name: name.toLowerCase(),
  value: value === '' ? undefined : value,
});

const unquote = (quoted: string | undefined): string | undefined => quoted?.replace(/\\(.)/g, '$1');
