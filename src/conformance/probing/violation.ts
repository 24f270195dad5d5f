/** The server breaks the rule. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** The rule cannot be tried on this deployment, or with this token. */
export class NotTestable extends Error {
  override readonly name = 'NotTestable';
}
