/** How long a button says that it has copied, in ms. */
const SAID_MS = 2_000;

/** The text of a block of code, without the lines that are answers. */
const textOf = (code: Element): string => {
  const copy = code.cloneNode(true) as Element;
  for (const answer of copy.querySelectorAll('.answer')) answer.remove();
  return copy.textContent;
};

const buttonFor = (code: Element): HTMLButtonElement => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    const isCopied = await navigator.clipboard.writeText(textOf(code)).then(
      () => true,
      () => false,
    );
    button.textContent = isCopied ? 'Copied' : 'Not allowed';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, SAID_MS);
  });
  return button;
};

/** Gives every block of code a button that copies it. A page without TLS, except on this machine, has no clipboard. */
export const addCopyButtons = (): void => {
  if (!isSecureContext) return;
  for (const block of document.querySelectorAll('main pre')) {
    const code = block.querySelector('code');
    if (code === null) continue;
    const frame = document.createElement('div');
    frame.className = 'code';
    block.replaceWith(frame);
    frame.append(block, buttonFor(code));
  }
};
