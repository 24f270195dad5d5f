import type { Receipt } from '../../protocol/receipt.ts';

// The receipts of an answer as one text. A batch has up to a thousand, whose n and seq count up together: they are
// written as a run, and an answer nearly always holds one run.

/** One line for each run: client, n, seq and repeated (0 or 1) of the first receipt, and the number of receipts. */
export const printReceipts = (receipts: readonly Receipt[]): string => {
  const lines: string[] = [];
  for (let at = 0; at < receipts.length; ) {
    const count = runLength(receipts, at);
    lines.push(printRun(receipts[at] as Receipt, count));
    at += count;
  }
  return lines.join('\n');
};

/** The number of receipts from `at` on that continue the one there. */
const runLength = (receipts: readonly Receipt[], at: number): number => {
  const first = receipts[at] as Receipt;
  let count = 1;
  while (isContinued(first, count, receipts[at + count])) count += 1;
  return count;
};

const isContinued = (first: Receipt, count: number, next: Receipt | undefined): boolean =>
  next !== undefined &&
  next.n === first.n + count &&
  next.seq === first.seq + count &&
  next.client === first.client &&
  next.repeated === first.repeated;

/** No client id holds a space [I1]. */
const printRun = ({ client, n, seq, repeated }: Receipt, count: number): string =>
  `${client} ${n} ${seq} ${repeated === true ? 1 : 0} ${count}`;

export const parseReceipts = (text: string): Receipt[] => {
  const receipts: Receipt[] = [];
  for (const line of text.split('\n')) addRun(receipts, line);
  return receipts;
};

/** Members that a later version adds to a line come at its end, and are ignored here. */
const addRun = (receipts: Receipt[], line: string): void => {
  const [client = '', n, seq, repeated, count] = line.split(' ');
  const [firstN, firstSeq, length] = [Number(n), Number(seq), Number(count)];
  for (let index = 0; index < length; index += 1) {
    const receipt = { client, n: firstN + index, seq: firstSeq + index };
    receipts.push(repeated === '1' ? { ...receipt, repeated: true } : receipt);
  }
};
