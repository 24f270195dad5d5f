import { describe, expect, it } from 'vitest';
import { prefersEvents } from '../../../../../src/server/http/request/accept.ts';

describe('Accept', () => {
  it.each([
    'text/event-stream',
    'Text/Event-Stream',
    'text/event-stream, */*',
    'text/event-stream, */*;q=0.5',
    'application/json, text/event-stream',
    'application/json;q=0.2, text/event-stream;q=0.3',
    'application/*;q=0.4,text/event-stream; q=0.5',
    'text/event-stream;charset=utf-8',
    'text/event-stream;charset="a,b";q=1.000',
    ', text/event-stream ,',
    'text/html;level="\\"x", text/event-stream',
  ])('[V] %j prefers events', (header) => {
    expect(prefersEvents(header)).toBe(true);
  });

  it.each([
    null,
    '',
    '*/*',
    'text/*',
    'application/json',
    'text/event-stream;q=0',
    'text/event-stream; Q=0.000',
    'application/json, text/event-stream;q=0.9',
    '*/*, text/event-stream;q=0.9',
    'application/*, text/event-stream;q=0.9',
    'text/event-streams',
    'xtext/event-stream',
    'text/event-stream-x',
    'application/json;profile="text/event-stream"',
    'text/event-stream;q=2',
    'text/event-stream;q=-1',
    'text/event-stream;q=0.1234',
    'text/event-stream;q=',
    'text/event-stream/x',
    'text/event-stream text/html',
    'text/event-stream;"',
    `text/event-stream, ${'x/y,'.repeat(2_000)}`,
  ])('[V] %j does not', (header) => {
    expect(prefersEvents(header)).toBe(false);
  });
});
