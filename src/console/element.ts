/** An element of the page that must be there. */
export const byId = <T extends Element = HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}.`);
  return found as Element as T;
};

/** Four polls a second: what has not changed is left alone, so that selections and screen readers keep their place. */
export const setText = (id: string, text: string): void => {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
};
