import { OWNERS_PAGE_MAX } from '../../../protocol/access-limits.ts';
import { isSubject } from '../../../protocol/owners.ts';
import { REGISTRY_NAME } from '../../rpc/registry.ts';
import { callDirectory } from '../object/call-directory.ts';
import { type Ctx, unwrap } from '../request/context.ts';
import { integerParameter, type Parameter, readQuery } from '../request/query.ts';
import { json } from '../response/response.ts';

const ownerParameter: Parameter<string> = {
  expects: 'an owner',
  schema: { type: 'string' },
  read: (text) => (isSubject(text) ? text : undefined),
};

/** The query of the list of owners. */
export const OWNERS_QUERY = { after: ownerParameter, limit: integerParameter(1, OWNERS_PAGE_MAX) };

/** `GET /v1/apps`: all owners, in pages. Wakes no application and no directory [A10]. */
export const listOwners = async (c: Ctx): Promise<Response> => {
  const { after = '', limit = OWNERS_PAGE_MAX } = unwrap(readQuery(c.get('search'), OWNERS_QUERY)).values;
  const owners = await callDirectory(c, REGISTRY_NAME, (registry) => registry.owners(after, limit));
  const next = owners.length === limit ? owners.at(-1)?.owner : undefined;
  return json(200, JSON.stringify({ owners, ...(next === undefined ? {} : { next }) }));
};
