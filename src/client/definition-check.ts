import { type Http, jsonIn } from './http.ts';
import type { Signal } from './status.ts';

const INFO_TIMEOUT_MS = 10_000;

/** Compares the page's definition with the one that the server runs. Undefined: they are the same, or nobody said. */
export const definitionSignal = async (
  http: Http,
  { name, version }: { readonly name: string; readonly version: number },
): Promise<Signal | undefined> => {
  const answer = await http.call({ path: '', controller: new AbortController(), timeoutMs: INFO_TIMEOUT_MS });
  if (answer.kind === 'none' || answer.status !== 200) return undefined;
  const info = jsonIn<Info>(answer.text);
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
