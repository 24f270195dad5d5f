/** A word that no identifier and no file name may use, and the word to use. */
export interface Banned {
  /** One or more parts of a name, written as in one: `place`, `freshId`. Whole parts only: `place` is not in `replace`. */
  readonly word: string;
  readonly use: string;
  /** The only folder where it is banned; without it, all of src. */
  readonly within?: string;
}

const everywhere = (words: Readonly<Record<string, string>>): Banned[] =>
  Object.entries(words).map(([word, use]) => ({ word, use }));

const within = (folder: string, words: Readonly<Record<string, string>>): Banned[] =>
  Object.entries(words).map(([word, use]) => ({ word, use, within: folder }));

/** One word for each meaning, and the field's word. */
export const GLOSSARY: readonly Banned[] = [
  ...everywhere({
    aloneTab: 'singleTabChannel',
    // American spelling.
    authorise: 'authorize',
    authorised: 'authorized',
    behaviour: 'behavior',
    colour: 'color',
    normalise: 'normalize',
    serialise: 'serialize',
    neighbour: 'isLoopbackOrigin',
    // Public and on the wire.
    standing: 'position',
    // Client.
    place: 'globals, environment',
    here: 'defaultEnvironment',
    freshId: 'newId',
    home: 'SyncHost',
    seat: 'TabContext, demoClient',
    liveLine: 'LiveWithPollingFallback',
    fullLine: 'selectTransport',
    circuit: 'SyncEngine',
    keeper: 'Persister',
    replica: 'LocalState',
    flight: 'PushRequest, pending',
    doubtful: 'possiblyAccepted',
    judge: 'interpretAnswer',
    judged: 'validate',
    sighting: 'StateUpdate',
    waits: 'PushPromises',
    told: 'Acknowledgement, notified',
    gone: 'Settlement',
    asker: 'TicketPoller',
    disarm: 'cancelRetry',
    forgive: 'resetFailures',
    nudge: 'retryNow',
    hurry: 'pollNow',
    spoil: 'invalidate',
    say: 'dispatch, send',
    watcher: 'TransportListener, StateListener',
    stands: 'onPosition',
    news: 'QueueDiff',
    looking: 'visible',
    // Server.
    tally: 'UsageMeter',
    perTurn: 'batchPerTick',
    requestTurn: 'nextIoTick',
    yieldTurn: 'nextMacrotask',
    asked: 'lastPatch, requested',
    grouping: 'atomicity',
    charged: 'VerdictWithCost',
    door: 'SocketAuth, on-accept',
    knock: 'authenticate',
    letIn: 'admit',
    conversation: 'FrameHandler',
    hear: 'handle',
    complain: 'sendProblem',
    turnTo: 'resetFor',
    pauses: 'DeliveryThrottle',
    rests: 'COOLDOWN_FACTOR',
    crowd: 'audience',
    redeemed: 'retriedApplied',
    beginning: 'InitialState',
    who: 'SocketIdentity, principal',
    guest: 'unauthenticated',
    recall: 'get',
    remember: 'put',
    guarded: 'withAccess',
    // Core.
    printed: 'JsonFragment',
    surroundings: 'ReduceContext',
    seal: 'deepFreeze',
    trouble: 'problem, refusal, issue',
    // Demo.
    pulse: 'traffic',
    mend: 'reconnect',
  }),
  ...within('client', {
    alarm: 'Timer',
    arm: 'scheduleRetry',
    broken: 'gap',
    pace: 'pollInterval',
    reading: 'PollResult',
    verdict: 'PushResult',
    wake: 'pollNow',
    whole: 'snapshot',
    width: 'batchLimit',
  }),
  ...within('server', { present: 'StateCache', memory: 'LoadedState' }),
  // In a folder of their own: elsewhere they are plain words, or names that storage and wire keep.
  ...within('core/patch', { narrow: 'restrictPatch' }),
  ...within('core/json', { weight: 'jsonBytes' }),
  ...within('server/http', { need: 'unwrap' }),
  ...within('server/application/live', { held: 'blockedBy', fate: 'rejectionStatus', spent: 'snapshot' }),
  ...within('server/application/accept', { marks: 'clientCounters', floor: 'oldestVersion' }),
  ...within('server/application/cost', { spent: 'snapshot' }),
];

/** Banned words that stored data and the wire keep: there a name is a contract. */
export const CONTRACT_WORDS: readonly string[] = [
  'server/application/live/attachment.ts: who uses "who"; the word is SocketIdentity, principal',
];
