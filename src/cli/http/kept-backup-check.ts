import { createHash } from 'node:crypto';
import type { BackupsApi } from '../../api/backups.ts';
import { ProblemError } from '../../client/platform/problem-error.ts';
import type { KeptBackup } from '../../protocol/operator-answers.ts';
import { BackupCheck } from './backup-check.ts';

/** What is found of a backup that was listed; `expired`: retention has let it go since [K3]. */
export type Finding = 'whole' | 'broken' | 'missing' | 'expired';

/** Reads a backup and compares it with what was listed. @throws ProblemError for whatever is not of this backup alone */
export const checkKept = async (api: BackupsApi, kept: KeptBackup): Promise<Finding> => {
  try {
    return await contentOf(await api.read(kept.id), kept);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.name === 'internal') return 'broken';
    if (error.name !== 'unknown-backup') throw error;
    return (await isListed(api, kept)) ? 'missing' : 'expired';
  }
};

const contentOf = async (content: ReadableStream<Uint8Array>, { bytes, sha256 }: KeptBackup): Promise<Finding> => {
  const [check, hash] = [new BackupCheck(), createHash('sha256')];
  let length = 0;
  try {
    for await (const chunk of content) {
      const piece = Buffer.from(chunk);
      check.add(piece);
      hash.update(piece);
      length += piece.length;
    }
  } catch {
    // It breaks off. Where the server itself is gone, the next request tells.
    return 'broken';
  }
  return check.lines() !== undefined && length === bytes && hash.digest('hex') === sha256 ? 'whole' : 'broken';
};

const isListed = async (api: BackupsApi, { id, application }: KeptBackup): Promise<boolean> => {
  for await (const first of api.list({ application, after: id - 1 })) return first.id === id;
  return false;
};
