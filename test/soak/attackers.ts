import type { Attack } from './attacks/attack.ts';
import { attacks } from './attacks/attacks.ts';
import { Caller, tokenOf } from './target.ts';

// A process of its own: `run.ts` starts it for each hostile phase and ends it by SIGTERM. It prints what its clients were
// answered, as JSON, when it ends.

const [, , url = '', only = '', each = '3'] = process.argv;
const wanted = attacks.filter(({ name }) => name.includes(only));
const answers: Record<string, Record<string, number>> = {};

/** One after another: an act that is not answered holds up the next one of its client. */
const attack = async ({ name, everyMs, as, act }: Attack, index: number): Promise<void> => {
  const own = `hostile-${name.replace(/\W+/g, '-').slice(0, 40)}-${index}`;
  const token = as === 'stranger' ? undefined : await tokenOf(own, { 'honest/board': as });
  const caller = new Caller(url, token);
  const counts: Record<string, number> = {};
  answers[name] ??= counts;
  const all = answers[name];
  for (let turn = index * 1_000_000; ; turn += 1) {
    const begun = performance.now();
    const answer = await act(caller, own, turn).catch((error: unknown) => `failed: ${reasonOf(error)}`);
    all[answer] = (all[answer] ?? 0) + 1;
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, everyMs - (performance.now() - begun))));
  }
};

const reasonOf = (error: unknown): string =>
  error instanceof Error
    ? String((error.cause as Error | undefined)?.message ?? error.message).slice(0, 60)
    : 'unknown';

process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify(answers)}\n`, () => process.exit(0));
});

for (const kind of wanted) for (let index = 0; index < Number(each); index += 1) void attack(kind, index);
