import { parseArgs } from 'node:util';
import { encodeOwner, isSubject } from '../protocol/owners.ts';
import { mintToken } from '../server/access/mint-token.ts';
import { parseApps, parseTtl } from './token-arguments.ts';

// Prints a signed token, for development and scripts. The environment must hold the secret of the deployment.

const HELP = `Prints a token that is signed with AUTH_SECRET.

Usage: npm run token -- --sub alice [--apps 'bob/board=writer'] [--ttl 1h]

  --sub    subject of the token, required, exactly as an identity provider has it: alice, auth0|5f7c, ann@example.org;
           it owns /v1/apps/{sub}/*, where it is percent-encoded (printed to stderr where that makes a difference)
  --apps   more rights: owner/app=role or owner/*=role, where role is reader, writer or admin;
           the owner is percent-encoded: auth0%7C5f7c/board=writer; separate several with commas, or repeat the flag
  --ttl    lifetime: 30s, 15m, 1h, 7d (default 1h)

Environment: AUTH_SECRET, at least 32 bytes; AUTH_ISSUER and AUTH_AUDIENCE if the deployment requires them
`;

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      sub: { type: 'string' },
      apps: { type: 'string', multiple: true, default: [] },
      ttl: { type: 'string', default: '1h' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  if (values.sub === undefined || values.sub === '') throw new Error('--sub is required, for example --sub alice');
  if (!isSubject(values.sub)) throw new Error('--sub must have 1 to 256 characters, without control characters');
  if (encodeOwner(values.sub) !== values.sub) console.error(`It owns /v1/apps/${encodeOwner(values.sub)}/*`);
  const { AUTH_SECRET: secret = '', AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = process.env;
  const rights = { apps: parseApps(values.apps), lifetimeSeconds: parseTtl(values.ttl) };
  console.log(await mintToken({ secret, subject: values.sub, ...rights, issuer, audience }));
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
