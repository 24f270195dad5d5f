/** Exports without a comment directly above them or above the unbroken group of lines they stand in. */
export const unexplainedExports = (source: string): string[] => {
  const lines = source.split('\n');
  const isExplained = (index: number): boolean => {
    const above = lines[index - 1] ?? '';
    return /^(?:\/\/| ?\*\/|\/\*\*)/.test(above) || (above.startsWith('export ') && isExplained(index - 1));
  };
  return lines.filter((line, index) => line.startsWith('export ') && !isExplained(index));
};
