import type { Json } from '../../protocol/json.ts';
import type { Confirmed } from './state-update.ts';

/** A state that the server has sent before this client began, such as that from which it has rendered the page. */
export interface Seed<State> {
  /** JSON. The client copies it. */
  readonly state: State;
  /**
   * The etag that came with it, as `GET …/state` and `bucket(env).read` give it: the first request says that this state is
   * known, and the server sends what has changed since, or nothing; and `loaded` resolves at once. Default: none, and the
   * whole state is requested.
   */
  readonly etag?: string | undefined;
}

/** An etag of a version [S1], whatever proxies have added to it when they compress [S2]. */
const ETAG = /"([0-9a-z]{1,32})\.(\d{1,15})[-;"]/;

/** A seed's version with the view's copy of its state; undefined without an etag, or with one that is none of Changebucket's. */
export const seededState = ({ etag = '' }: Pick<Seed<unknown>, 'etag'>, state: Json): Confirmed | undefined => {
  const [, epoch, version] = ETAG.exec(etag) ?? [];
  return epoch === undefined ? undefined : { epoch, version: Number(version), state };
};
