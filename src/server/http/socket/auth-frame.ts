import { AUTH_FRAME_EXTRA_LENGTH_MAX, TOKEN_LENGTH_MAX } from '../../../protocol/limits.ts';

/** The whole frame, its members in either order. A token has no character that JSON escapes. */
const AUTH_FRAME = new RegExp(
  String.raw`^~\{~(?:"type"~:~"auth"~,~"token"~:~"([\w.-]*)"|"token"~:~"([\w.-]*)"~,~"type"~:~"auth")~\}~$`.replaceAll(
    '~',
    String.raw`[ \t\r\n]*`,
  ),
);

/**
 * The token in the first frame of a socket; undefined when that is anything but an `auth` frame. Matched, not parsed:
 * the sender may be anybody [W2].
 */
export const tokenInFirstFrame = (message: unknown): string | undefined => {
  if (typeof message !== 'string' || message.length > TOKEN_LENGTH_MAX + AUTH_FRAME_EXTRA_LENGTH_MAX) return undefined;
  const match = AUTH_FRAME.exec(message);
  return match?.[1] ?? match?.[2];
};
