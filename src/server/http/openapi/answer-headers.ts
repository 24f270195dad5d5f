const text = (description: string): { readonly description: string; readonly schema: object } => ({
  description,
  schema: { type: 'string' },
});

/** The headers of answers that clients read, as OpenAPI describes them. */
export const ANSWER_HEADERS = {
  'Changebucket-Position': {
    description: 'Where the application is: a dictionary (RFC 9651) of epoch, version, head, queue and lag in ms.',
    schema: {
      type: 'string',
      pattern: '^epoch="[0-9a-z]{1,32}", version=[0-9]+, head=[0-9]+, queue=[0-9]+, lag=[0-9]+',
    },
  },
  'Changebucket-Cost': text('What the push has cost so far: a dictionary (RFC 9651) [C2].'),
  'Changebucket-Request': text('The id of the request: to quote it, and in the audit log [A11] [G2].'),
  ETag: {
    description: 'Names the version of the state: "epoch.version", with its quotes.',
    schema: { type: 'string', pattern: '^"[0-9a-z]{1,32}\\.(0|[1-9][0-9]{0,15})"$' },
  },
  Location: text('The ticket: its URL tells the outcome of the change.'),
  'Content-Location': text('The URL that the body is the state of.'),
  'Content-Disposition': text('The name for a file with the body.'),
  IM: { description: 'How the body is made (RFC 3229).', schema: { type: 'string', const: 'json-patch' } },
  'Delta-Base': text('The etag of the version that the patch starts from.'),
  'Preference-Applied': text('The preferences of the request that the answer honors (RFC 7240).'),
  'Retry-After': { description: 'Seconds to wait before the next attempt.', schema: { type: 'integer', minimum: 0 } },
  'Server-Timing': text('How many ms the answer and its stages took: call;dur=12, read;dur=0 [G3].'),
  'Sec-WebSocket-Protocol': text('The subprotocol, changebucket.v1.'),
  Upgrade: text('The protocol to ask for: websocket.'),
  'WWW-Authenticate': text('Names the scheme: Bearer.'),
} as const;

/** The name of a header of answers. */
export type AnswerHeader = keyof typeof ANSWER_HEADERS;

/** A header that an answer has; with `?` at the end, one that it may have. */
export type HeaderName = AnswerHeader | `${AnswerHeader}?`;

/** OpenAPI's descriptions of headers; those with `?` at the end may be missing, and are described once in the document. */
export const describeHeaders = (names: readonly HeaderName[]): Record<string, object> =>
  Object.fromEntries(
    names.map((name) => {
      const isOptional = name.endsWith('?');
      const header = (isOptional ? name.slice(0, -1) : name) as AnswerHeader;
      return [
        header,
        isOptional ? { $ref: `#/components/headers/${header}` } : { ...ANSWER_HEADERS[header], required: true },
      ];
    }),
  );
