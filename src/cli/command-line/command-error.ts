/** What a command's exit status says, besides 0: it is done. */
export const EXIT = {
  /** A problem: the server refused or rejected something, or something that was needed is missing. */
  failed: 1,
  /** The command was called in a way that it does not know. */
  usage: 2,
  /** The server did not answer within the time limit, or what answered is not Changebucket. */
  unreachable: 3,
} as const;

/** Ends a command with a sentence that says what to do, and no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  /** What `--json` prints in place of the sentence. */
  readonly body: object;

  constructor(reason: keyof typeof EXIT, message: string, body: object = { error: reason, detail: message }) {
    super(message);
    this.exitCode = EXIT[reason];
    this.body = body;
  }
}
