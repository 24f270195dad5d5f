import { type Answer, type Headings, request, sign } from './api.ts';

/** The present second, as the claim `iat` has it. */
export const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

/** The header with a token that was issued at a time, by default some seconds ago. */
export const issued = async (
  subject: string,
  apps: Record<string, string> = {},
  issuedAt = nowSeconds() - 5,
): Promise<Headings> => ({ Authorization: `Bearer ${await sign({ sub: subject, apps, iat: issuedAt })}` });

/** Revokes the tokens of a subject, by one that is issued after that. */
export const revoke = async (subject: string, before = nowSeconds(), issuedAt = before + 10): Promise<Answer> =>
  request(`/v1/subjects/${encodeURIComponent(subject)}/revoke?before=${before}`, {
    method: 'POST',
    headers: await issued(subject, {}, issuedAt),
  });
