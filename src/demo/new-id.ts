/** A random id for a new entry, 12 hexadecimal digits. Clients make ids, so that a repeated push names the same entry. */
export const newId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
