import { expect, it, vi } from 'vitest';
import { progressLine } from '../../../src/local/progress-line.js';

function record(isTTY: boolean): { say: (line: string) => void; written: () => string } {
  let text = '';
  const say = progressLine({ isTTY, write: (piece) => (text += piece) });
  return { say, written: () => text };
}

it('replaces the line of the same step on a terminal', () => {
  const { say, written } = record(true);
  say('Building: 1 s');
  say('Building: 2 s');
  say('Started.');
  expect(written()).toBe('Building: 1 s\n\u001b[1A\u001b[2KBuilding: 2 s\nStarted.\n');
});

it('says a step that goes on once in ten seconds to a log', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const { say, written } = record(false);
    const began = Date.now();
    for (let second = 1; second <= 22; second += 1) {
      vi.setSystemTime(began + second * 1_000);
      say(`Building: ${String(second)} s`);
    }
    say('Started.');
    expect(written()).toBe('Building: 1 s\nBuilding: 11 s\nBuilding: 21 s\nStarted.\n');
  } finally {
    vi.useRealTimers();
  }
});
