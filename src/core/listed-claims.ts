import type { Json } from '../protocol/json.ts';
import type { Claims, Definition } from './definition.ts';

/** Those of a token's claims that reducers of a definition see [D14]. */
export const listedClaims = (claims: Claims, { claims: names = [] }: Pick<Definition, 'claims'>): Claims => {
  const found = names.filter((name) => Object.hasOwn(claims, name));
  return Object.fromEntries(found.map((name) => [name, claims[name] as Json]));
};
