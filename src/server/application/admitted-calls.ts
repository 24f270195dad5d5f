import { ProblemError } from '../../core/json/problem-error.ts';
import { withRequest } from '../logging/current-request.ts';
import { describeError, log } from '../logging/log.ts';
import type { Refusal, SenderArguments } from '../rpc/messages.ts';
import type { Admission } from './admission/admission.ts';
import type { UsageMeter } from './cost/usage-meter.ts';
import type { Engine } from './engine.ts';
import type { Sockets } from './live/sockets.ts';

export interface AdmittedCallsParts {
  readonly usage: UsageMeter;
  readonly engine: Engine;
  readonly sockets: Sockets;
  readonly admission: Admission;
  /** The current version of the state. */
  readonly version: () => number;
  /** `owner/app` for log lines. */
  readonly name: () => string;
}

/** Lets calls in, and counts them [C1]. Each call also ends the sockets whose time is over [W12]. */
export class AdmittedCalls {
  readonly #parts: AdmittedCallsParts;

  constructor(parts: AdmittedCallsParts) {
    this.#parts = parts;
  }

  /** Like `metered`, within the rate of the subject [F4], for a token that is not revoked [A13]. Lines have the id of the request [G2]. */
  async admitted<Answer>(
    [user = '', pass, request]: SenderArguments,
    work: () => Promise<Answer>,
    cost = 1,
  ): Promise<Answer | Refusal> {
    const { usage, admission } = this.#parts;
    const checked = withRequest(request, () => usage.rates.take(user, cost) ?? admission.check(user, pass));
    const problem = checked instanceof Promise ? await checked : checked;
    if (problem === undefined) return this.metered(() => withRequest(request, work));
    return this.metered(async (): Promise<Refusal> => ({ kind: 'refused', problem }));
  }

  async metered<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const { usage } = this.#parts;
    usage.request();
    this.closeExpired();
    const release = usage.trackActive();
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Best effort: no call fails because of it [W12]. Whoever is left is told to the directory. */
  closeExpired(): void {
    const { sockets, engine, version, name } = this.#parts;
    try {
      sockets.closeExpired(Date.now(), version);
      engine.listing.onReaders();
    } catch (error) {
      // There is no room for the state [B3].
      if (error instanceof ProblemError) return;
      log('error', 'expired sockets could not be closed', { application: name(), ...describeError(error) });
    }
  }
}
