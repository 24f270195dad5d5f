import { applicationName } from '../../protocol/ids.ts';
import { ASK_MS_MAX, ASKS_MAX } from '../../protocol/operating-limits.ts';
import { describeError, log } from '../logging/log.ts';
import { inTime } from '../rpc/in-time.ts';
import type { NumberedSummary } from '../rpc/numbers.ts';
import type { ApplicationNumbers } from './application-numbers.ts';

/** An application as it is asked. */
export interface NumberedApplication {
  summary(): Promise<NumberedSummary | undefined>;
}

interface RemoteApplications {
  getByName(name: string): NumberedApplication;
}

export interface QuestionsParts {
  readonly owner: () => string | undefined;
  /** Undefined without the binding APPLICATION: then nobody is asked. */
  readonly applications: () => RemoteApplications | undefined;
  readonly numbers: ApplicationNumbers;
  /** Called with each answer. */
  readonly onAnswer: (summary: NumberedSummary) => void;
}

/**
 * Asks applications that have told something a while ago what has happened since: they tell the first step of a burst,
 * and have no alarm for the last one. One that has nothing more to tell is not asked again before it tells something.
 */
export class Questions {
  readonly #parts: QuestionsParts;

  constructor(parts: QuestionsParts) {
    this.#parts = parts;
  }

  /** Asks those that are due, so many at a time. Never throws. */
  async ask(): Promise<void> {
    const owner = this.#parts.owner();
    const applications = this.#parts.applications();
    if (owner === undefined || applications === undefined) return;
    const due = this.#parts.numbers.due(Date.now(), ASKS_MAX);
    await Promise.all(due.map((app) => this.#askOne(app, applications, applicationName({ owner, app }))));
  }

  async #askOne(app: string, applications: RemoteApplications, application: string): Promise<void> {
    const { numbers, onAnswer } = this.#parts;
    try {
      const summary = await inTime(applications.getByName(application).summary(), ASK_MS_MAX);
      if (summary?.numbers === undefined) numbers.settle(app);
      else onAnswer(summary);
    } catch (error) {
      log('error', 'an application could not be asked for its numbers', { application, ...describeError(error) });
      numbers.failed(app, Date.now());
    }
  }
}
