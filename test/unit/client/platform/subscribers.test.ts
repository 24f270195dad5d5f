import { describe, expect, it } from 'vitest';
import { Subscribers } from '../../../../src/client/platform/subscribers.ts';
import { Timer } from '../../../../src/client/platform/timer.ts';

/** Timers that run when the test says so. */
const turns = () => {
  const waiting: (() => void)[] = [];
  const setTimer = (_ms: number, call: () => void): (() => void) => {
    waiting.push(call);
    return () => void waiting.splice(waiting.indexOf(call), 1);
  };
  const end = (): void => {
    for (const call of waiting.splice(0)) call();
  };
  return { timer: new Timer({ setTimer }), end };
};

const counting = (timer?: Timer) => {
  const source = { value: 0 };
  const heard: number[] = [];
  const subscribers = new Subscribers(() => source, timer);
  subscribers.add(
    ({ value }) => value,
    (value) => heard.push(value),
  );
  const count = (times: number): void => {
    for (let index = 0; index < times; index += 1) {
      source.value += 1;
      subscribers.notify();
    }
  };
  return { subscribers, heard, count };
};

describe('subscribers', () => {
  it('hear of each of a few changes at once', () => {
    const { timer } = turns();
    const { heard, count } = counting(timer);
    count(20);
    expect(heard).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('hear of a turn of very many changes together, at its end, and of the next turn at once again', () => {
    const { timer, end } = turns();
    const { heard, count } = counting(timer);
    count(8_000);
    expect(heard.at(-1)).toBe(100);
    end();
    expect([heard.length, heard.at(-1)]).toEqual([101, 8_000]);
    count(1);
    expect([heard.length, heard.at(-1)]).toEqual([102, 8_001]);
    end();
    expect(heard.length).toBe(102);
  });

  it('hear nothing after the end', () => {
    const { timer, end } = turns();
    const { subscribers, heard, count } = counting(timer);
    count(500);
    subscribers.clear();
    end();
    expect(heard.length).toBe(100);
  });

  it('hear of each change where there is no timer', () => {
    const { heard, count } = counting();
    count(500);
    expect(heard.length).toBe(500);
  });
});
