import { Visitor } from 'oxc-parser';
import type { SourceFile } from './source-files.ts';

/** The number of lines, without what follows the last newline. */
export const linesOf = (text: string): number => text.trimEnd().split('\n').length;

/** The lines of each function, arrow function and method of a file, from its parameters to its end. */
export const functionLengths = (file: SourceFile): number[] => {
  const lengths: number[] = [];
  const add = ({ start, end }: { start: number; end: number }): void => {
    lengths.push(linesOf(file.text.slice(start, end)));
  };
  new Visitor({ FunctionDeclaration: add, FunctionExpression: add, ArrowFunctionExpression: add }).visit(file.program);
  return lengths;
};

/** The share of numbers that are at most `limit`, 0 to 1. */
export const shareUpTo = (limit: number, numbers: readonly number[]): number =>
  numbers.filter((number) => number <= limit).length / numbers.length;
