/** Close codes that are reported and may not be sent (RFC 6455, 7.4.1): no code, and no close frame. */
const UNSENDABLE = [1005, 1006, 1015];

/** Passes on the messages of one socket to another, and its end. */
export const relay = (from: WebSocket, to: WebSocket): void => {
  from.addEventListener('message', ({ data }) => attempt(() => to.send(data)));
  from.addEventListener('close', ({ code, reason }) => passClose(to, code, reason));
  from.addEventListener('error', () => attempt(() => to.close(1011)));
};

export const passClose = (to: WebSocket, code: number, reason: string): void =>
  attempt(() => (UNSENDABLE.includes(code) ? to.close(1000) : to.close(code, reason)));

/** Ignores that a socket is closed already. */
export const attempt = (act: () => void): void => {
  try {
    act();
  } catch {
    // Its own close event tells the other side.
  }
};
