import * as v from 'valibot';
import { type Failure, failure } from '../../../core/json/failure.ts';
import { readJson } from '../../../core/json/json-text.ts';
import { type ApplicationId, parseApplicationName } from '../../../protocol/ids.ts';
import { BOOKMARK_LENGTH_MAX } from '../../../protocol/recovery-limits.ts';
import type { PastPoint } from '../../rpc/lifecycle-messages.ts';
import type { PlatformPoint } from '../../rpc/recovery.ts';

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const point = { version: v.optional(natural), time: v.optional(natural) };

/** A restore from the history as a body: one of the two [L12]. */
export const RestoreBody = v.strictObject(point);
/** A restore by the platform's recovery as a body: one of the two [L19]. */
export const PlatformBody = v.strictObject({
  from: v.literal('platform'),
  time: v.optional(natural),
  bookmark: v.optional(v.pipe(v.string(), v.maxLength(BOOKMARK_LENGTH_MAX), v.regex(/^[0-9A-Za-z-]+$/))),
});
/** A fork as a body [L13]. */
export const ForkBody = v.strictObject({ ...point, to: v.string() });

type RestoreBodyRead =
  | { readonly kind: 'restore'; readonly point: PastPoint }
  | { readonly kind: 'recover'; readonly point: PlatformPoint };

/** The body of a restore, parsed: `{"version"}` or `{"time"}`, ms since 1970 [L12], or what the platform is to do [L19]. */
export const readRestoreBody = (text: string): RestoreBodyRead | Failure => {
  const read = readJson(text);
  if (read.kind === 'problem') return read;
  if (typeof read.value === 'object' && read.value !== null && 'from' in read.value) return platformPoint(read.value);
  const { success, output } = v.safeParse(RestoreBody, read.value);
  const at = success ? pointOf(output) : undefined;
  return at === undefined || at === 'both'
    ? failure('invalid-restore', 'The body must be {"version": …} or {"time": …}, in ms since 1970.')
    : { kind: 'restore', point: at };
};

const platformPoint = (body: object): RestoreBodyRead | Failure => {
  const { success, output } = v.safeParse(PlatformBody, body);
  const { time, bookmark } = success ? output : {};
  if (time !== undefined && bookmark === undefined) return { kind: 'recover', point: { kind: 'time', time } };
  if (time === undefined && bookmark !== undefined) return { kind: 'recover', point: { kind: 'bookmark', bookmark } };
  return failure('invalid-restore', PLATFORM_FORM);
};

const PLATFORM_FORM =
  'The body must be {"from": "platform"} with either "time", in ms since 1970, or "bookmark", as an earlier answer told it.';

interface ForkBodyRead {
  readonly kind: 'fork';
  readonly to: ApplicationId;
  readonly point: PastPoint | undefined;
}

/** The body of a fork, parsed: `{"to": "owner/app", "version"?, "time"?}` [L13]. */
export const readForkBody = (text: string): ForkBodyRead | Failure => {
  const read = readJson(text);
  if (read.kind === 'problem') return read;
  const { success, output } = v.safeParse(ForkBody, read.value);
  if (!success) return failure('invalid-restore', FORK_FORM);
  const to = parseApplicationName(output.to);
  if (to === undefined) return failure('invalid-id', 'The member "to" must be "owner/app", the owner percent-encoded.');
  const at = pointOf(output);
  return at === 'both' ? failure('invalid-restore', FORK_FORM) : { kind: 'fork', to, point: at };
};

const FORK_FORM = 'The body must be {"to": "owner/app"}, and may have either "version" or "time", in ms since 1970.';

const pointOf = ({
  version,
  time,
}: {
  readonly version?: number | undefined;
  readonly time?: number | undefined;
}): PastPoint | 'both' | undefined => {
  if (version !== undefined && time !== undefined) return 'both';
  if (version !== undefined) return { kind: 'version', version };
  return time === undefined ? undefined : { kind: 'time', time };
};
