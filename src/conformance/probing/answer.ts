import { tryParseJson } from '../../client/platform/parse-json.ts';
import type { Json } from '../../protocol/json.ts';

/** The members of a JSON object. */
export type Members = Readonly<Record<string, Json | undefined>>;

/** The members of a value; none of one that is no object. */
export const membersOf = (value: Json | undefined): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

/** A member that is a list of objects; empty where it is none. */
export const listIn = (members: Members, name: string): readonly Members[] => {
  const value = members[name];
  return Array.isArray(value) ? value.map(membersOf) : [];
};

/** An answer with its whole body. */
export class Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Method and path of the request, for the sentence of a violation. */
  readonly requestLine: string;

  constructor(requestLine: string, { status, headers }: Response, text: string) {
    this.requestLine = requestLine;
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  /** The body as JSON; null for another one. */
  get json(): Json {
    return tryParseJson<Json>(this.text) ?? null;
  }

  /** The members of the body; none for another body. */
  get members(): Members {
    return membersOf(this.json);
  }

  /** A member that is a list of objects; empty where it is none. */
  list(name: string): readonly Members[] {
    return listIn(this.members, name);
  }

  /** The member `seq`, or 0. */
  get seq(): number {
    return Number(this.members['seq'] ?? 0);
  }

  get etag(): string {
    return this.headers.get('ETag') ?? '';
  }

  /** A number of the header `Changebucket-Position`; NaN without it. */
  position(name: 'version' | 'head' | 'queue' | 'lag' | 'definition'): number {
    const text = this.headers.get('Changebucket-Position') ?? '';
    return Number(new RegExp(`(?:^|, )${name}=(\\d+)`).exec(text)?.[1] ?? Number.NaN);
  }
}
