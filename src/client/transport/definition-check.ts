import type { Definition } from '../../core/definition.ts';
import { tryParseJson } from '../platform/parse-json.ts';
import type { Signal } from '../state/status.ts';
import type { TransportContext } from './transport.ts';

const INFO_TIMEOUT_MS = 10_000;
/** Two such requests are at least so many ms apart. */
const ASK_AGAIN_MS = 10_000;

/** The name and version of the definition that a page was built with. */
export type BuiltDefinition = Pick<Definition, 'name' | 'version'>;

/** The parts of a transport's surroundings that the check uses. */
export type DefinitionCheckContext = Pick<TransportContext, 'http' | 'environment' | 'status' | 'setStatus'>;

/**
 * Compares the definition of a page with the one that the server runs, and shows the difference as a signal until it is
 * gone. The server is asked once in each epoch, for the kind; every answer after that tells the version [T2], so a
 * deployment costs no request.
 */
export class DefinitionCheck {
  readonly #context: DefinitionCheckContext;
  readonly #built: BuiltDefinition;
  /** The epoch whose kind is known. */
  #epoch: string | undefined;
  #isSameKind: boolean = false;
  #requestedAt = Number.NEGATIVE_INFINITY;
  #shown: Signal | undefined;

  constructor(context: DefinitionCheckContext, built: BuiltDefinition) {
    this.#context = context;
    this.#built = built;
  }

  /**
   * To be called with every answer.
   *
   * @param served the version that the answer names, if it does
   */
  onAnswer(epoch: string | undefined, served?: number): void {
    if (epoch === undefined) return;
    if (epoch !== this.#epoch) this.#ask(epoch);
    else if (this.#isSameKind && served !== undefined) this.#show(this.#compare(served));
  }

  #ask(epoch: string): void {
    const { http, environment } = this.#context;
    if (environment.now() - this.#requestedAt < ASK_AGAIN_MS) return;
    this.#epoch = epoch;
    this.#isSameKind = false;
    this.#requestedAt = environment.now();
    void http.call({ path: '', controller: new AbortController(), timeoutMs: INFO_TIMEOUT_MS }).then((answer) => {
      const info = answer.status === 200 ? tryParseJson<Info>(answer.text) : undefined;
      if (this.#epoch !== epoch) return;
      if (info?.kind === undefined) this.#epoch = undefined;
      else this.#learn(info);
    });
  }

  #learn({ kind, definition }: Info): void {
    this.#isSameKind = kind === this.#built.name;
    const served = definition?.deployed ?? definition?.state ?? this.#built.version;
    this.#show(this.#isSameKind ? this.#compare(served) : 'kind-differs');
  }

  #compare(served: number): Signal | undefined {
    const { version } = this.#built;
    if (served === version) return undefined;
    return served > version ? 'definition-older' : 'definition-newer';
  }

  /** Replaces another signal once, and then only takes an empty place: signals of other kinds are to be seen, too. */
  #show(signal: Signal | undefined): void {
    const { status, setStatus } = this.#context;
    const before = status().signal;
    const isNew = signal !== this.#shown;
    this.#shown = signal;
    if (signal !== undefined && (isNew || before === undefined)) setStatus({ signal });
    if (signal === undefined && isAboutDefinition(before)) setStatus({ signal });
  }
}

const isAboutDefinition = (signal: Signal | undefined): boolean =>
  signal === 'definition-older' || signal === 'definition-newer' || signal === 'kind-differs';

interface Info {
  readonly kind?: string;
  readonly definition?: { readonly state?: number; readonly deployed?: number | null };
}
