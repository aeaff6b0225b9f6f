import { expect, test } from 'vitest';
import { resumeTable } from '../../../src/activities/cut-over.js';
import type { TableStepContext } from '../../../src/activities/table-step.js';

/** A table that waits for its lane: each try of the final transaction gives the next answer. */
function waiting(answers: { done: boolean; remaining: number }[]) {
  const steps: string[] = [];
  const rests: number[] = [];
  const context = {
    session: { config: { cutoverLockTimeout: 1_000 } },
    row: { tableId: '1', epoch: '1', phase: 'catchingUp', laneId: '1', targetTable: 't' },
    target: {
      state: { tables: { claim: () => Promise.resolve('7') } },
      fullSync: {
        drainParked: () => {
          steps.push('drain');
          return Promise.resolve({ drained: 0, remaining: 0 });
        },
        cutOver: () => {
          steps.push('try');
          return Promise.resolve(answers.shift() ?? { done: true, remaining: 0 });
        },
      },
    },
    run: {
      signal: new AbortController().signal,
      dueToReturn: () => false,
      report: () => undefined,
      pause: (ms: number) => {
        rests.push(ms);
        steps.push('rest');
        return Promise.resolve();
      },
    },
  } as unknown as TableStepContext;
  return { context, steps, rests };
}

test('a hand-back that waits for its lane rests between its tries, longer each time', async () => {
  const notYet = { done: false, remaining: 3 };
  const { context, steps, rests } = waiting(Array.from({ length: 5 }, () => notYet));
  expect(await resumeTable(context)).toMatchObject({ done: true });
  expect(rests).toEqual([25, 50, 100, 200, 200]);
  expect(steps.filter((step) => step === 'drain')).toHaveLength(1);
});

test('one that has much left to move drains it at once', async () => {
  const { context, steps } = waiting([{ done: false, remaining: 5_000 }]);
  await resumeTable(context);
  expect(steps).toEqual(['drain', 'try', 'drain', 'try']);
});
