import { describe, expect, it } from 'vitest';
import { authenticate, authenticateToken } from '../../../../src/server/access/authenticate.ts';
import { base64, bearer, forge, inAnHour, SECRET, seconds, secretSettings, token } from './tokens.ts';

const exp = inAnHour();
const good = token({ sub: 'alice', exp });
const [header = '', payload = '', signature = ''] = good.split('.');

describe('a good token', () => {
  it.each([
    ['Bearer', { sub: 'alice', exp }],
    ['bearer', { sub: 'alice', exp }],
    ['BEARER', { sub: 'auth0|5f7c8ec7', exp, apps: {} }],
    ['Bearer', { sub: 'alice', exp, nbf: seconds() - 10, iat: seconds(), apps: { 'bob/board': 'writer' } }],
    ['Bearer', { sub: 'Zoë 🙂', exp, apps: { 'bob/*': 'reader', 'bob/a.b_c~d-e': 'admin' } }],
    ['Bearer', { sub: 's'.repeat(256), exp }],
  ])('[A1] [A2] %s %j gives the subject and the grants', async (scheme, claims) => {
    const principal = await authenticate(`${scheme} ${token(claims)}`, secretSettings());
    const { sub: subject, apps = {}, iat } = claims as { sub: string; apps?: object; iat?: number };
    const issued = iat === undefined ? {} : { issuedAt: iat };
    expect(principal).toEqual({ kind: 'token', subject, apps, expires: exp, ...issued });
  });

  it('[A1] clocks may differ by some seconds, not by more', async () => {
    const kindAt = async (claims: object): Promise<string> =>
      (await authenticate(bearer(token({ sub: 'alice', exp, ...claims })), secretSettings())).kind;
    expect(await kindAt({ exp: seconds() - 2 })).toBe('token');
    expect(await kindAt({ exp: seconds() - 7 })).toBe('problem');
    expect(await kindAt({ nbf: seconds() + 3 })).toBe('token');
    expect(await kindAt({ nbf: seconds() + 20 })).toBe('problem');
  });

  it('[A1] issuer and audience are required where they are configured', async () => {
    const settings = secretSettings({ issuer: 'https://id.example', audience: 'changebucket' });
    const claims = { sub: 'alice', exp, iss: 'https://id.example', aud: ['other', 'changebucket'] };
    expect(await authenticate(bearer(token(claims)), settings)).toMatchObject({ subject: 'alice' });
  });
});

describe('two secrets at a time', () => {
  const previous = 'the-secret-before-it-0123456789abcdef';
  const changing = { ...secretSettings(), previous };

  it('[A1] tokens of both are good, and of no third', async () => {
    for (const secret of [SECRET, previous])
      expect(await authenticate(bearer(token({ sub: 'alice', exp }, secret)), changing)).toMatchObject({
        subject: 'alice',
      });
    await refused(bearer(token({ sub: 'alice', exp }, 'a-third-secret-0123456789-0123456789')), changing);
  });

  it('[A1] one that was good by a secret is not good any more without it', async () => {
    const old = bearer(token({ sub: 'alice', exp }, previous));
    expect(await authenticate(old, changing)).toMatchObject({ subject: 'alice' });
    await refused(old, secretSettings());
  });

  it('[A1] claims of tokens by the previous one are checked, too', async () => {
    const expired = bearer(token({ sub: 'alice', exp: seconds() - 60 }, previous));
    expect(await refused(expired, changing)).toBe('The token has expired.');
  });
});

describe('operators', () => {
  const operatorClaim = 'urn:changebucket:operator';
  const operatorSecrets = [{ name: 'OPERATOR_TOKEN', secret: 'o'.repeat(40) }] as const;

  it('[A10] only the configured claim makes one', async () => {
    const claims = { sub: 'alice', exp, [operatorClaim]: true, operator: true };
    const by = (settings: object) => authenticate(bearer(token(claims)), { ...secretSettings(), ...settings });
    expect(await by({ operatorClaim })).toMatchObject({ isOperator: true });
    expect(await by({})).not.toHaveProperty('isOperator');
    expect(await by({ operatorClaim: 'https://id.example/operator' })).not.toHaveProperty('isOperator');
  });

  it('[A10] a secret is good in the header of a request alone', async () => {
    const settings = { ...secretSettings(), operatorSecrets };
    expect(await authenticate(`Bearer ${'o'.repeat(40)}`, settings)).toEqual({
      kind: 'operator',
      subject: '',
      secret: 'OPERATOR_TOKEN',
    });
    expect(await authenticateToken('o'.repeat(40), settings)).toMatchObject({ kind: 'problem' });
    await refused(`Bearer ${'o'.repeat(39)}`, settings);
    await refused(`Bearer ${'o'.repeat(9_000)}`, settings);
  });
});

const refused = async (authorization: string | undefined, settings = secretSettings()): Promise<string> => {
  const answer = await authenticate(authorization ?? null, settings);
  expect(answer).toMatchObject({ kind: 'problem', problem: { name: 'unauthorized' } });
  return answer.kind === 'problem' ? answer.problem.detail : '';
};

const SEND = 'Send "Authorization: Bearer <token>".';
const NO_BEARER = 'The header must be "Authorization: Bearer <token>": this word, one space and one token.';
const NO_JWT = 'The token is not a JWT: a signed one has three parts in base64url, with dots between them.';

describe('a malformed token', () => {
  it.each([
    ['no header', undefined, SEND],
    ['an empty header', '', SEND],
    ['a scheme alone', 'Bearer', NO_BEARER],
    ['a scheme and a blank', 'Bearer ', NO_BEARER],
    ['a token alone', good, NO_BEARER],
    ['garbage alone', 'garbage', NO_BEARER],
    ['another scheme', 'Basic YWxpY2U6c2VjcmV0', NO_BEARER],
    ['another scheme with a token', `Basic ${good}`, NO_BEARER],
    ['a scheme that only begins alike', `BearerX ${good}`, NO_BEARER],
    ['two tokens', `Bearer ${good} ${good}`, NO_BEARER],
    ['two tokens with a comma', `Bearer ${good}, Bearer ${good}`, NO_BEARER],
    ['a tab for a blank', `Bearer\t${good}`, NO_BEARER],
    ['garbage', 'Bearer garbage', NO_JWT],
    ['garbage in lower case', 'bearer garbage', NO_JWT],
    ['a truncated token', `Bearer ${header}.${payload}`, NO_JWT],
    ['an unsigned token', `Bearer ${header}.${payload}.`, NO_JWT],
    ['an encrypted token', `Bearer ${good}.AAAA.AAAA`, NO_JWT],
    ['padding', `Bearer ${good}=`, NO_JWT],
    ['plain base64', `Bearer ${header}.${payload}.ab+/`, NO_JWT],
    ['quotation marks', `Bearer "${good}"`, NO_JWT],
  ])('[A1] %s is refused, saying what to send', async (_, authorization, detail) => {
    expect(await refused(authorization)).toBe(detail);
  });

  it.each(['', 'garbage', `${header}.${payload}`, `Bearer ${good}`])(
    '[A1] [W2] %s is refused alike in a handshake or a frame',
    async (text) => {
      const answer = await authenticateToken(text, secretSettings());
      expect(answer).toMatchObject({ kind: 'problem', problem: { name: 'unauthorized', detail: NO_JWT } });
    },
  );
});

describe('a token signed by an untrusted key', () => {
  const claims = { sub: 'mallory', exp };
  it.each([
    ['a cut signature', `${header}.${payload}.${signature.slice(0, -4)}`],
    ['alg none, with a signature', forge({ alg: 'none' }, claims)],
    ['alg None', forge({ alg: 'None' }, claims)],
    ['no alg', forge({}, claims)],
    ['alg in lower case', forge({ alg: 'hs256' }, claims)],
    ['HS384, signed with the right secret', forge({ alg: 'HS384' }, claims, SECRET, 'HS384')],
    ['HS512, signed with the right secret', forge({ alg: 'HS512' }, claims, SECRET, 'HS512')],
    ['RS256', forge({ alg: 'RS256' }, claims)],
    ['another secret', token(claims, 'b-secret-of-these-tests-0123456789abcdef')],
    ['an empty secret', token(claims, '')],
    ['a swapped payload', `${header}.${base64(JSON.stringify(claims))}.${signature}`],
    ['a swapped header', `${base64('{"alg":"HS256","kid":"1"}')}.${payload}.${signature}`],
    ['its own key', forge({ alg: 'HS256', jwk: { kty: 'oct', k: base64('mine') } }, claims, 'mine')],
    ['a critical extension', forge({ alg: 'HS256', crit: ['x'], x: 1 }, claims)],
    ['an unencoded payload', forge({ alg: 'HS256', b64: false, crit: ['b64'] }, claims)],
    ['a header that is no JSON', forge('alg=HS256', claims)],
    ['a header that is an array', forge('["HS256"]', claims)],
    ['a payload that is no JSON', token('sub=alice')],
    ['a payload that is an array', token('["alice"]')],
    ['a payload that is null', token('null')],
  ])('[A1] %s is refused without a hint', async (_, jwt) => {
    expect(await refused(`Bearer ${jwt}`)).toBe('The token is malformed or not signed by a trusted key.');
  });

  it('[A1] a token over the length limit is refused', async () => {
    expect(await refused(`Bearer ${token({ sub: 'alice', exp, pad: 'p'.repeat(8_192) })}`)).toMatch(/8192 characters/);
  });
});

describe('claims', () => {
  const expected = { issuer: 'https://id.example', audience: 'changebucket' };
  const right = { sub: 'alice', exp, iss: 'https://id.example', aud: 'changebucket' };
  it.each([
    ['expired', { exp: seconds() - 60 }, 'The token has expired.'],
    ['expired in 1970', { exp: 0 }, 'The token has expired.'],
    ['expired before that', { exp: -1e300 }, 'The token has expired.'],
    ['a text as exp', { exp: String(exp) }, 'The token\'s claim "exp" is missing or invalid.'],
    ['null as exp', { exp: null }, 'The token\'s claim "exp" is missing or invalid.'],
    ['no exp', { exp: undefined }, 'The token\'s claim "exp" is missing or invalid.'],
    ['not yet valid', { nbf: seconds() + 60 }, 'The token\'s claim "nbf" is missing or invalid.'],
    ['a text as nbf', { nbf: '0' }, 'The token\'s claim "nbf" is missing or invalid.'],
    ['another issuer', { iss: 'https://id.example.evil.com' }, 'The token\'s claim "iss" is missing or invalid.'],
    ['the issuer in a list', { iss: ['https://id.example'] }, 'The token\'s claim "iss" is missing or invalid.'],
    ['no issuer', { iss: undefined }, 'The token\'s claim "iss" is missing or invalid.'],
    ['another audience', { aud: 'changebucket2' }, 'The token\'s claim "aud" is missing or invalid.'],
    ['no audience', { aud: undefined }, 'The token\'s claim "aud" is missing or invalid.'],
    ['an empty list as audience', { aud: [] }, 'The token\'s claim "aud" is missing or invalid.'],
    ['no sub', { sub: undefined }, 'The token\'s claim "sub" is missing or invalid.'],
  ])('[A1] %s is refused, saying which', async (_, claims, detail) => {
    expect(await refused(`Bearer ${token({ ...right, ...claims })}`, secretSettings(expected))).toBe(detail);
  });

  it.each([
    ['an endless exp', '"exp":1e999'],
    ['an empty sub', '"sub":""'],
    ['a number as sub', '"sub":1'],
    ['null as sub', '"sub":null'],
    ['a list as sub', '"sub":["alice"]'],
    ['a sub of 257 characters', `"sub":"${'s'.repeat(257)}"`],
    ['a line feed in sub', '"sub":"alice\\nadmin"'],
    ['NUL in sub', '"sub":"alice\\u0000"'],
    ['DEL in sub', '"sub":"\\u007f"'],
    ['a C1 control in sub', '"sub":"alice\\u0085"'],
    ['a line separator in sub', '"sub":"alice\\u2028"'],
    ['a lone surrogate in sub', '"sub":"alice\\ud800"'],
    ['null as apps', '"apps":null'],
    ['a text as apps', '"apps":"bob/board"'],
    ['a list as apps', '"apps":["bob/board"]'],
    ['an empty list as apps', '"apps":[]'],
    ['an unknown role', '"apps":{"bob/board":"owner"}'],
    ['a role in upper case', '"apps":{"bob/board":"Admin"}'],
    ['a list of roles', '"apps":{"bob/board":["admin"]}'],
    ['one bad role among good ones', '"apps":{"bob/board":"reader","bob/list":"root"}'],
    ['a role that objects inherit', '"apps":{"bob/board":"toString"}'],
    ['every application there is', '"apps":{"*":"admin"}'],
    ['every owner', '"apps":{"*/*":"admin"}'],
    ['an application of every owner', '"apps":{"*/board":"admin"}'],
    ['a part of a name', '"apps":{"bob/b*":"admin"}'],
    ['no application', '"apps":{"bob":"admin"}'],
    ['an empty application', '"apps":{"bob/":"admin"}'],
    ['an empty owner', '"apps":{"/board":"admin"}'],
    ['a longer path', '"apps":{"bob/board/state":"admin"}'],
    ['dot segments', '"apps":{"bob/..":"admin"}'],
    ['__proto__ as an application', '"apps":{"__proto__":"admin"}'],
    ['__proto__ as a map of applications', '"apps":{"__proto__":{"bob/board":"admin"}}'],
    ['constructor as an application', '"apps":{"constructor":"admin"}'],
  ])('[A1] [A2] %s is refused', async (_, claim) => {
    // Of two members with one name the last wins.
    const detail = await refused(`Bearer ${token(`{"sub":"alice","exp":${exp},${claim}}`)}`);
    expect(detail).toBe('One of the token\'s claims "sub", "exp" and "apps" is missing or invalid.');
  });

  it('[A2] __proto__ beside the claim grants nothing', async () => {
    const jwt = token(`{"sub":"alice","exp":${exp},"__proto__":{"apps":{"bob/*":"admin"}}}`);
    expect(await authenticate(bearer(jwt), secretSettings())).toMatchObject({ subject: 'alice', apps: {} });
    expect(await refused(`Bearer ${token(`{"exp":${exp},"__proto__":{"sub":"alice"}}`)}`)).toMatch(/"sub"/);
  });
});

it('[A5] without a secret or key set a valid token is refused, and the answer says what to set', async () => {
  expect(await authenticate(bearer(good), { kind: 'none' })).toMatchObject({
    kind: 'problem',
    problem: { name: 'not-configured', detail: expect.stringContaining('npx wrangler secret put AUTH_SECRET') },
  });
});
