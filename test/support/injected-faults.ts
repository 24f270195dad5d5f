/**
 * What the runtime says when tests delete, kill, evict and cut on purpose, and assert what becomes of it: it would bury
 * what nobody expects. Each text is one that such a test causes; whatever else the runtime says is printed.
 */
const INJECTED: readonly RegExp[] = [
  // Readers that leave: tests cut event streams, exports and sockets in the middle.
  /^exception = kj\/async-io\.c\+\+:\d+: disconnected: (?:abortRead\(\) has been called|read end of pipe was aborted)/,
  /^exception = kj\/compat\/http\.c\+\+:\d+: disconnected: other end of WebSocketPipe was destroyed/,
  /^uncaught exception; exception = workerd\/io\/external-pusher\.c\+\+:\d+: failed: jsg\.Error: ReadableStream received over RPC disconnected prematurely\./,
  // [L11] An export ends with an error when its application is deleted or replaced.
  /^uncaught exception; source = Uncaught \(in promise\); stack = Error: the application was deleted or replaced during its export\n/,
  // [E3] Tables of another deployment's layout.
  /^uncaught exception; source = Uncaught \(in promise\); stack = Error: [\w-]+\/[\w-]+ is stored in layout 1, and this deployment reads 2\n/,
  // [D6] Statements that throw, and objects that die at them.
  /^uncaught exception; source = Uncaught \(in promise\); stack = Error: a fault that a test injected\n/,
  /^(?:uncaught exception; )?exception = workerd\/api\/actor-state\.c\+\+:\d+: failed: (?:broken\.outputGateBroken; )?jsg\.Error: a fault that a test injected/,
  /^e = workerd\/util\/sqlite\.c\+\+:\d+: failed: SQLite failed; dbErrorMessage\(err, db\) = database is locked: SQLITE_BUSY/,
  // [J10] A header that is no ASCII.
  /^A header value for "Idempotency-Key" contains non-ASCII characters: "é"/,
  // Lives that tests end.
  /^uncaught exception; (?:source = Uncaught \(in promise\); stack = Error|exception = workerd\/jsg\/value\.h:\d+: failed: jsg\.Error): Application called abortAllDurableObjects\(\)\./,
  /^(?:uncaught exception; )?exception = workerd\/api\/unsafe\.c\+\+:\d+: failed: jsg\.Error: Application called abortAllDurableObjects\(\)\./,
  /^(?:uncaught exception; )?exception = workerd\/api\/actor-state\.c\+\+:\d+: failed: (?:broken\.outputGateBroken; )?jsg\.Error: killed by a test/,
  // [L19] Instances that a recovery ends, and those that do not begin, as their directory fails.
  /^(?:uncaught exception; )?exception = workerd\/api\/actor-state\.c\+\+:\d+: failed: (?:broken\.outputGateBroken; )?jsg\.Error: recovered by the platform/,
  /^(?:Annotating with brokenness; internalMessage = |uncaught exception; exception = workerd\/jsg\/value\.h:\d+: failed: broken\.inputGateBroken; )jsg\.Error: (?:a fault that a test injected|no answer within \d+ ms)/,
  /^uncaught exception; source = Uncaught \(in promise\); stack = Error: no answer within \d+ ms\n/,
  /^failed to invoke drain\(\) on IncomingRequest before destroying it;/,
  // Alarms of lives that were ended, and of clocks that tests set.
  /^NOSENTRY SQLite alarm (?:handler canceled with requestScheduledAlarm\.|overdue, running despite AlarmManager mismatch);/,
];

/** Whether a text that the runtime prints is of a fault that a test has injected. */
export const isInjected = (text: string): boolean => INJECTED.some((known) => known.test(text));

/**
 * Keeps such texts out of what a stream prints. The plugin writes each of the runtime's messages with one call, and has no
 * option for it.
 */
export const hideInjectedFaults = (stream: NodeJS.WriteStream): void => {
  const write = stream.write.bind(stream);
  Object.assign(stream, {
    write: (...args: Parameters<typeof write>): boolean =>
      typeof args[0] === 'string' && isInjected(args[0]) ? true : write(...args),
  });
};
