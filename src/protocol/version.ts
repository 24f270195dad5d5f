/** Where a state stands: which unbroken history, and the seq of the last change it has taken in. */
export interface Version {
  readonly epoch: string;
  readonly version: number;
}

const ETAG = /^"([0-9a-z]{1,32})\.(0|[1-9][0-9]{0,15})"$/;

/** A strong entity tag (RFC 9110, 8.8.3): one version has one content [S10]. */
export const etagOf = ({ epoch, version }: Version): string => `"${epoch}.${version}"`;

/** `undefined` for every tag that this protocol never gave out. */
export const parseEtag = (tag: string): Version | undefined => {
  const match = ETAG.exec(tag);
  if (match?.[1] === undefined) return undefined;
  const version = Number(match[2]);
  return Number.isSafeInteger(version) ? { epoch: match[1], version } : undefined;
};
