/** Bytes of a well-formed text in UTF-8, without encoding it. */
export const utf8Length = (text: string): number => {
  const length = text.length;
  for (let at = 0; at < length; at += 1) {
    if (text.charCodeAt(at) > 0x7f) return at + mixedLength(text, at);
  }
  return length;
};

/** From the first character on that is not ASCII. */
const mixedLength = (text: string, start: number): number => {
  let bytes = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800 || isSurrogate(code)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
};

/** Each half of a pair stands for two of its four bytes. */
const isSurrogate = (code: number): boolean => (code & 0xf800) === 0xd800;
