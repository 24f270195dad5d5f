/** Names one state of an application. One version has one content [S10]. */
export interface Version {
  /** The id of an unbroken history: a restore or a reset starts another one. */
  readonly epoch: string;
  /** The seq of the last change that the state contains; 0 for the initial state. */
  readonly version: number;
}

const ETAG = /^"([0-9a-z]{1,32})\.(0|[1-9][0-9]{0,15})"$/;

/** The strong entity tag of a version (RFC 9110, section 8.8.3), with its quotes: `"epoch.version"`. */
export const etagOf = ({ epoch, version }: Version): string => `"${epoch}.${version}"`;

/** Reverses `etagOf`; `undefined` for any other tag. */
export const parseEtag = (tag: string): Version | undefined => {
  const match = ETAG.exec(tag);
  if (match?.[1] === undefined) return undefined;
  const version = Number(match[2]);
  return Number.isSafeInteger(version) ? { epoch: match[1], version } : undefined;
};
