import type { Definition } from '../../core/definition.ts';
import type { HttpClient } from '../platform/http-client.ts';
import { tryParseJson } from '../platform/parse-json.ts';
import type { Signal } from '../state/status.ts';

const INFO_TIMEOUT_MS = 10_000;

/** The name and version of the definition that a page was built with. */
export type BuiltDefinition = Pick<Definition, 'name' | 'version'>;

/**
 * Checks, once for each epoch, whether the page's definition is the one that the server runs.
 *
 * @param onSignal called when it is not
 * @returns to be called with the epoch, however often
 */
export const definitionCheck = (
  http: HttpClient,
  definition: BuiltDefinition,
  onSignal: (signal: Signal) => void,
): ((epoch: string | undefined) => void) => {
  let checked: string | undefined;
  return (epoch) => {
    if (epoch === undefined || checked === epoch) return;
    checked = epoch;
    void compareDefinitions(http, definition).then((signal) => {
      if (signal !== undefined) onSignal(signal);
    });
  };
};

/** Undefined when the server runs the same definition, or has not answered. */
const compareDefinitions = async (
  http: HttpClient,
  { name, version }: BuiltDefinition,
): Promise<Signal | undefined> => {
  const answer = await http.call({ path: '', controller: new AbortController(), timeoutMs: INFO_TIMEOUT_MS });
  if (answer.status !== 200) return undefined;
  const info = tryParseJson<Info>(answer.text);
  if (info?.kind === undefined) return undefined;
  if (info.kind !== name) return 'kind-differs';
  const served = info.definition?.deployed ?? info.definition?.state ?? version;
  if (served === version) return undefined;
  return served > version ? 'definition-older' : 'definition-newer';
};

interface Info {
  readonly kind?: string;
  readonly definition?: { readonly state?: number; readonly deployed?: number | null };
}
