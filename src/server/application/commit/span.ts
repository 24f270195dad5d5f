import * as workers from 'cloudflare:workers';

/** What the runtime has for traces, where it has it: `tracing.enterSpan` is there since June 2026. */
interface Tracer {
  enterSpan?<T>(name: string, work: () => T): T;
}

const { tracing } = workers as { readonly tracing?: Tracer };

/** Runs work as a span of the trace of the request; without traces, as it is. */
export const inSpan = <T>(name: 'accept' | 'commit' | 'drain' | 'deliver', work: () => T): T =>
  tracing?.enterSpan === undefined ? work() : tracing.enterSpan(name, work);
