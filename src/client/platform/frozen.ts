/**
 * Freezes JSON with everything in it, and returns it: what the client keeps is handed out as it is, and a write to it must
 * fail where it is made. It stops at what is frozen already, so it costs as much as what is new: all that this has frozen is
 * frozen to the bottom.
 */
export const frozen = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null || !Object.isExtensible(value)) return value;
  Object.freeze(value);
  for (const each of Object.values(value)) frozen(each);
  return value;
};

/** A frozen copy of JSON that belongs to somebody else, who may change it later. `undefined` is `undefined`. */
export const frozenCopy = <Value>(value: Value): Value =>
  value === undefined ? value : frozen(JSON.parse(JSON.stringify(value)) as Value);
