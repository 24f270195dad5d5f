import { memoized } from '../../../core/limits/lru-cache.ts';
import { HEADER_LENGTH_MAX, MEMOIZED_HEADERS_MAX } from './header-list.ts';

/**
 * Whether `Accept` prefers server-sent events to JSON (RFC 9110, 12.5.1): it must name them, with a quality that is not
 * lower than that of JSON. A malformed header counts as none.
 */
export const prefersEvents = (header: string | null): boolean =>
  header !== null && /text\/event-stream/i.test(header) && compareQualities(header);

const compareQualities = memoized((header: string): boolean => {
  const ranges = header.length > HEADER_LENGTH_MAX ? undefined : parseRanges(header);
  if (ranges === undefined) return false;
  const events = ranges.get('text/event-stream') ?? 0;
  const json = ranges.get('application/json') ?? ranges.get('application/*') ?? ranges.get('*/*') ?? 0;
  return events > 0 && events >= json;
}, MEMOIZED_HEADERS_MAX);

const TOKEN = "[!#$%&'*+.^_`|~0-9a-z-]+";
const PARAMETER = `[ \\t]*;[ \\t]*(?:${TOKEN}=(?:${TOKEN}|"(?:[^"\\\\]|\\\\.)*"))?`;
/** One list element, which may be empty, and the comma or end after it. */
const ELEMENT = new RegExp(`[ \\t]*(?:(${TOKEN}/${TOKEN})((?:${PARAMETER})*)[ \\t]*)?(?:,|$)`, 'iy');
const QUALITY = /;[ \t]*q=([^; \t]*)[ \t]*(?:;|$)/i;
const QUALITY_VALUE = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;

/** The qualities by media range, in lower case; undefined when the header does not parse. */
const parseRanges = (header: string): ReadonlyMap<string, number> | undefined => {
  const ranges = new Map<string, number>();
  for (let at = 0; at < header.length; at = ELEMENT.lastIndex) {
    ELEMENT.lastIndex = at;
    const match = ELEMENT.exec(header);
    if (match === null) return undefined;
    const [, range, parameters = ''] = match;
    const quality = QUALITY.exec(parameters)?.[1] ?? '1';
    if (!QUALITY_VALUE.test(quality)) return undefined;
    if (range !== undefined) ranges.set(range.toLowerCase(), Number(quality));
  }
  return ranges;
};
