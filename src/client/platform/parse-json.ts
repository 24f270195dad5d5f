/** Undefined for what is no JSON: what looks like an answer may be a proxy's page. */
export const tryParseJson = <Value>(text: string): Value | undefined => {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
};
