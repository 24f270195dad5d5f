import { createHash } from 'node:crypto';

/** A backup of these lines with a last line that fits. */
export const sealed = (lines: readonly object[]): string => {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const end = { lines: lines.length, sha256: createHash('sha256').update(text).digest('hex') };
  return `${text}${JSON.stringify({ end })}\n`;
};
