import type { Call, RequestBody } from './call.ts';

/** An import may take ten minutes [L11]. */
const IMPORT_MS = 600_000;

/** What sends a backup, but for method and path. */
export const backupCall = (backup: RequestBody | (() => RequestBody)) =>
  ({
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: typeof backup === 'function' ? backup : () => backup,
    waitMs: IMPORT_MS,
    repeat: backup instanceof ReadableStream ? 'never' : 'if-refused',
  }) satisfies Partial<Call>;
