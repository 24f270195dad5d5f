import type { Circle, Part } from './circle.ts';
import { setText } from './element.ts';

/** Long enough to be seen, short enough to be off again before the next change of a quick hand. */
const LIT_MS = 600;
const TRAVEL_MS = 450;
/** The dash is a part of its path, whose length counts as 1: from before the beginning to behind the end. */
const TRAVEL = [
  { strokeDashoffset: 0.12, opacity: 1 },
  { strokeDashoffset: -1, opacity: 1 },
];

const timers = new Map<Part, ReturnType<typeof setTimeout>>();

/** Lights what traffic has just passed: a station, the way to it, or both. */
export const light = (...parts: readonly Part[]): void => {
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  for (const part of parts) {
    lightStation(part);
    if (!isStill)
      document.getElementById(`way-${part}`)?.animate(TRAVEL, { duration: TRAVEL_MS, easing: 'ease-in-out' });
  }
};

const lightStation = (part: Part): void => {
  const classes = document.getElementById(`part-${part}`)?.classList;
  clearTimeout(timers.get(part));
  classes?.add('lit');
  timers.set(
    part,
    setTimeout(() => classes?.remove('lit'), LIT_MS),
  );
};

export const showDrawing = ({ seen, standing, session }: Circle): void => {
  setText('draw-version', `${seen?.version ?? '–'}`);
  setText('draw-client', session.unsent.length === 0 ? 'this page' : `${session.unsent.length} unsent`);
  setText('draw-queue', standing?.queue ? `${standing.queue} waiting` : 'empty');
};
