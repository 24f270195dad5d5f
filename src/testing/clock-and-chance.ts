/** A name of a global that tells the time or a random number, as one calls it. */
type Source = 'Date()' | 'new Date()' | 'Date.now()' | 'Math.random()' | 'performance.now()' | `crypto.${string}()`;

/** The result of a call in another world. */
interface Visit<Value> {
  readonly value: Value;
  /** What was read of clock and chance. */
  readonly used: ReadonlySet<string>;
}

/** 400 days and some: each world has another year, day, hour, minute and second. */
const WORLD_MS = 34_567_890_123;

/**
 * Calls synchronously while the clock and the random numbers of the platform are those of another world. They are put
 * back afterwards, whatever is thrown.
 *
 * @param world 0, 1, 2 ...: each has a time and a stream of random numbers of its own
 * @returns which of them were used
 */
export const inWorld = <Value>(world: number, call: () => Value): Visit<Value> => {
  const used = new Set<string>();
  const restores = replacements(world, (source) => used.add(source)).map((each) => replace(each));
  try {
    return { value: call(), used };
  } finally {
    for (const restore of restores.reverse()) restore();
  }
};

interface Replacement {
  readonly target: object;
  readonly key: string;
  readonly value: unknown;
}

const replacements = (world: number, onUse: (source: Source) => void): Replacement[] => {
  const random = randomNumbers(world);
  let time = Date.UTC(2001, 1, 3, 4, 5, 6) + world * WORLD_MS;
  const tick = (source: Source): number => {
    onUse(source);
    time += 1;
    return time;
  };
  const chance = (): number => {
    onUse('Math.random()');
    return random();
  };
  return [
    { target: globalThis, key: 'Date', value: otherDate(tick) },
    { target: Math, key: 'random', value: chance },
    { target: performance, key: 'now', value: () => tick('performance.now()') % 1e9 },
    ...otherCrypto(random, onUse),
  ];
};

/** A proxy, so that `Date()` may be called, and dates of a given time are what they always are. */
const otherDate = (tick: (source: Source) => number): DateConstructor => {
  const now = (): number => tick('Date.now()');
  return new Proxy(Date, {
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [tick('new Date()')] : args, newTarget) as Date,
    apply: (target) => new target(tick('Date()')).toString(),
  });
};

const otherCrypto = (random: () => number, onUse: (source: Source) => void): Replacement[] => {
  if (typeof crypto === 'undefined') return [];
  const fill = (bytes: Uint8Array): Uint8Array => bytes.map(() => Math.floor(random() * 256));
  const getRandomValues = <View extends ArrayBufferView>(view: View): View => {
    onUse('crypto.getRandomValues()');
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    bytes.set(fill(bytes));
    return view;
  };
  const randomUUID = (): string => {
    onUse('crypto.randomUUID()');
    const digits = [...fill(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
  };
  return [
    { target: crypto, key: 'getRandomValues', value: getRandomValues },
    { target: crypto, key: 'randomUUID', value: randomUUID },
  ];
};

/** @returns puts back what was there; does nothing where the platform does not let it be replaced */
const replace = ({ target, key, value }: Replacement): (() => void) => {
  const before = Object.getOwnPropertyDescriptor(target, key);
  if (!Reflect.defineProperty(target, key, { configurable: true, writable: true, value })) return () => undefined;
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, key);
    else Object.defineProperty(target, key, before);
  };
};

/** The linear congruential generator of Numerical Recipes: good enough to differ. Uniform in [0, 1). */
const randomNumbers = (seed: number): (() => number) => {
  let state = (seed + 1) * 2_654_435_761;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};
