import { describe, expect, it } from 'vitest';
import { ShutdownWatch } from '../../../src/engines/postgres/replication/shutdown-watch.js';

function askTimes(watch: ShutdownWatch, times: number, everyMs: number): string[] {
  return Array.from({ length: times }, (_, index) => watch.asked(7n, index * everyMs));
}

describe('the shutdown watch', () => {
  it('answers requests at once at the pace of a running server', () => {
    expect(new Set(askTimes(new ShutdownWatch(), 500, 100))).toEqual(new Set(['answer']));
  });

  it('answers a storm slowly, then leaves', () => {
    const reactions = askTimes(new ShutdownWatch(), 4_000, 1);
    expect(new Set(reactions.slice(0, 20))).toEqual(new Set(['answer']));
    expect(new Set(reactions.slice(20, 3_000))).toEqual(new Set(['answerLater']));
    expect(reactions.at(-1)).toBe('leave');
  });

  it('begins anew when the position moves on', () => {
    const watch = new ShutdownWatch();
    askTimes(watch, 100, 1);
    expect(watch.asked(8n, 101)).toBe('answer');
  });
});
