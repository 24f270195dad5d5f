import { runInDurableObject } from 'cloudflare:test';
import { AUDIT_LOG_NAME } from '../../src/server/rpc/audit.ts';
import type { Answer, Headings } from './api.ts';
import { claims, forge, HS256 } from './forged-tokens.ts';
import { askIn, configured } from './other-environments.ts';

export const OPERATOR_TOKEN = 'an-operator-of-the-tests-0123456789';
export const OPERATOR_TOKEN_PREVIOUS = 'the-operator-before-it-0123456789abc';

/** The header of an operator without a subject. */
export const bySecret: Headings = { Authorization: `Bearer ${OPERATOR_TOKEN}` };

/** The header of a subject that is an operator. */
export const byClaim = async (value: unknown = true, sub = 'olga'): Promise<Headings> => ({
  Authorization: `Bearer ${await forge(HS256, claims({ sub, 'urn:changebucket:operator': value }))}`,
});

/** Asks a deployment that has both of the operators' secrets. */
export const askOperated = (path: string, init: RequestInit = {}): Promise<Answer> =>
  askIn({ OPERATOR_TOKEN, OPERATOR_TOKEN_PREVIOUS }, path, init);

/** The entries of the audit log. */
export const audited = async (list: '' | '/reads' = ''): Promise<any[]> =>
  (await askOperated(`/v1/audit${list}`, { headers: bySecret })).body.entries;

/** Works on the storage of the audit log. */
export const insideAudit = <T>(look: (storage: DurableObjectStorage) => T): Promise<T> =>
  runInDurableObject(configured.DIRECTORY.getByName(AUDIT_LOG_NAME), (_: unknown, { storage }: DurableObjectState) =>
    look(storage),
  );
