import { claimsOf } from '../../client/platform/token-claims.ts';
import { encodeOwner, isSubject } from '../../protocol/owners.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { mintFromEnvironment, parseApps, parseClaims, parseTtl } from '../token-arguments.ts';

const HELP = `Prints a token that is signed with AUTH_SECRET.

Usage: npx changebucket token --sub alice [--apps 'bob/board=writer'] [--ttl 1h] [--claims '{"plan":"pro"}'] [--operator]

  --sub    subject of the token, required, exactly as an identity provider has it: alice, auth0|5f7c, ann@example.org;
           it owns /v1/apps/{sub}/*, where it is percent-encoded (printed to stderr where that makes a difference)
  --apps   more rights: owner/app=role or owner/*=role, where role is reader, writer or admin;
           the owner is percent-encoded: auth0%7C5f7c/board=writer; separate several with commas, or repeat the flag
  --ttl    lifetime: 30s, 15m, 1h, 7d (default 1h)
  --claims  a JSON object of further claims, for reducers of definitions that list them: '{"plan":"pro"}'
  --operator  makes an operator, who may list, export, replace and delete the applications of all owners
  --json   {"token","sub","owns","expires"} as one line of JSON; \`expires\` is in seconds since 1970

Environment: AUTH_SECRET, at least 32 bytes; AUTH_ISSUER and AUTH_AUDIENCE if the deployment requires them
`;

const OPTIONS = {
  sub: { type: 'string' },
  apps: { type: 'string', multiple: true, default: [] as string[] },
  ttl: { type: 'string', default: '1h' },
  claims: { type: 'string', default: '{}' },
  operator: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values } = readArguments(args, OPTIONS);
  const sub = subjectFrom(values.sub);
  const { apps, ttl, claims, operator } = values;
  const token = await mintFromEnvironment({
    subject: sub,
    apps: parseApps(apps),
    claims: parseClaims(claims),
    lifetimeSeconds: parseTtl(ttl),
    operator,
  });
  const owns = `/v1/apps/${encodeOwner(sub)}/*`;
  if (values.json) return console.log(JSON.stringify({ token, sub, owns, expires: claimsOf(token).exp }));
  if (encodeOwner(sub) !== sub) console.error(`It owns ${owns}`);
  console.log(token);
};

/** Prints a signed token, for development and scripts. The environment must hold the secret of the deployment. */
export const token: Command = { summary: 'print a token, signed with AUTH_SECRET', help: HELP, run };

const subjectFrom = (sub: string | undefined): string => {
  if (sub === undefined || sub === '') throw new CommandError('usage', '--sub is required, for example --sub alice');
  if (!isSubject(sub))
    throw new CommandError('usage', '--sub must have 1 to 256 characters, without control characters');
  return sub;
};
