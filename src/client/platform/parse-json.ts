/** Undefined for text that is not JSON: an answer may come from a proxy and be a page. */
export const tryParseJson = <Value>(text: string): Value | undefined => {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
};
