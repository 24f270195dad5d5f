import { POLL_BACKOFF, retryDelay } from '../platform/backoff.ts';
import type { Timer } from '../platform/timer.ts';
import type { TabContext } from './sync-host.ts';

/** The subject whose data a host may show and store. */
export interface SubjectSource {
  /** False until the first token has come. */
  readonly isKnown: boolean;
  /** '' without tokens; undefined for a token that names none. */
  readonly subject: string | undefined;
}

export interface LearnSubjectOptions {
  readonly subjects: SubjectSource;
  readonly timer: Timer;
  readonly isClosed: () => boolean;
  /** Called each time that no token has come. */
  readonly onFailure: () => void;
}

/** Fetches the first token, again and again until it comes: nothing may be shown to nobody knows whom. */
export const learnSubject = async (
  { environment, http }: Pick<TabContext, 'environment' | 'http'>,
  { subjects, timer, isClosed, onFailure }: LearnSubjectOptions,
): Promise<void> => {
  for (let failures = 1; ; failures += 1) {
    if (!subjects.isKnown) await http.tokens.get().catch(() => undefined);
    if (subjects.isKnown || isClosed()) return;
    onFailure();
    const delay = retryDelay(POLL_BACKOFF, failures, environment.random(), 0);
    await new Promise<void>((resolve) => timer.set(delay, resolve));
  }
};
