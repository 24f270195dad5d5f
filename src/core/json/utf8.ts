/** The length of a well-formed text in UTF-8 bytes, without encoding it. */
export const utf8Length = (text: string): number => {
  const length = text.length;
  for (let index = 0; index < length; index += 1) {
    if (text.charCodeAt(index) > 0x7f) return index + mixedLength(text, index);
  }
  return length;
};

/** UTF-8 bytes from `start` on, for text that is not all ASCII. */
const mixedLength = (text: string, start: number): number => {
  let bytes = 0;
  for (let index = start; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800 || isSurrogate(code)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
};

/** Each half of a surrogate pair counts for two of its four bytes. */
const isSurrogate = (code: number): boolean => (code & 0xf800) === 0xd800;
