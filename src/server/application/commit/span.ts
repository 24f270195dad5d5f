import * as workers from 'cloudflare:workers';
import { applicationName } from '../../../protocol/ids.ts';
import type { LoadedState } from '../state/loaded-state.ts';

/** A span of the runtime. Without a trace nothing is recorded of it. */
interface Span {
  readonly isTraced: boolean;
  setAttribute(name: string, value: string | number): unknown;
}

/** What the runtime has for traces, where it has it: `tracing.enterSpan` is there since June 2026. */
interface Tracer {
  enterSpan?<T>(name: string, work: (span: Span) => T): T;
}

/** Names and numbers about a span. Never a state, an argument or a token: traces are kept like logs. */
export interface SpanFacts {
  readonly application?: string;
  /** Number of pushes in the turn. */
  readonly pushes?: number;
  /** Number of changes that are written. */
  readonly changes?: number;
  /** The state's version when the span begins. */
  readonly version?: number;
}

/** The application, and its version when the span begins. */
export const factsOfState = (loaded: Pick<LoadedState, 'row' | 'version'> | undefined): SpanFacts =>
  loaded === undefined ? {} : { application: applicationName(loaded.row), version: loaded.version };

const { tracing } = workers as { readonly tracing?: Tracer };

/**
 * Runs work as a span of the trace of the request; without traces, as it is.
 *
 * @param factsOf called only when the request is traced, before the work
 */
export const inSpan = <T>(
  name: 'accept' | 'commit' | 'drain' | 'deliver',
  factsOf: () => SpanFacts,
  work: () => T,
): T => {
  if (tracing?.enterSpan === undefined) return work();
  return tracing.enterSpan(name, (span) => {
    if (span.isTraced) describe(span, factsOf());
    return work();
  });
};

const describe = (span: Span, facts: SpanFacts): void => {
  for (const [name, value] of Object.entries(facts)) span.setAttribute(`changebucket.${name}`, value);
};
