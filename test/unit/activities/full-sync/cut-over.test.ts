import { expect, test } from 'vitest';
import { cutOver, resumeTable } from '../../../../src/activities/full-sync/cut-over.js';
import type { TableStepContext } from '../../../../src/activities/table-step.js';

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

/** A table with rows whose way of loading the target chooses anew at each attempt. */
function loading(load: string, choices: { method: string; reason: string }[], refused?: string) {
  const events: string[] = [];
  const { context, steps } = waiting([]);
  const fullSync = {
    ...context.target.fullSync,
    chooseLoad: () => Promise.resolve(choices.shift()),
    cutOver: () => Promise.resolve({ done: refused === undefined, remaining: 0, refused }),
    freeze: () => Promise.resolve(steps.push('freeze')),
    merge: (_: unknown, { replaces }: { replaces?: boolean }) => {
      steps.push(replaces === true ? 'replace' : 'merge');
      return Promise.resolve({ inserted: 1, updated: 0, deleted: 0 });
    },
  };
  const journal = {
    event: ({ message }: { message: string }) => Promise.resolve(events.push(message)),
  };
  const row = { ...context.row, cutoverStep: null, load, mode: 'cdc' };
  const schema = { prepareTable: () => Promise.resolve([]), compareTable: () => Promise.resolve() };
  const state = { ...context.target.state, journal };
  const settings = () => ({ deletes: 'ignore', existing: 'overwrite' });
  return {
    events,
    steps,
    context: {
      ...context,
      session: { ...context.session, settings, model: () => Promise.resolve({}) },
      row,
      target: { ...context.target, fullSync, schema, state },
    } as unknown as TableStepContext,
  };
}

test('a way that was asked for and not taken is said with its reason', async () => {
  const merge = { method: 'merge', reason: 'it is not partitioned' };
  const { context, events } = loading('partitionSwitch', [merge]);
  await cutOver(context);
  expect(events).toEqual([
    'Merged: 1 inserted, 0 updated, 0 deleted.',
    'Loaded by merge, not by partitionSwitch: it is not partitioned.',
  ]);
  const asked = loading('merge', [{ method: 'merge', reason: 'it keeps its readers' }]);
  await cutOver(asked.context);
  expect(asked.events).toEqual(['Merged: 1 inserted, 0 updated, 0 deleted.']);
});

test('a way that the target refused at the last moment is chosen anew', async () => {
  const exchange = { method: 'partitionSwitch', reason: 'asked for' };
  const { context, events } = loading('partitionSwitch', [exchange], 'it was altered');
  expect(await cutOver(context)).toEqual({
    done: false,
    detail: 'partitionSwitch was refused: it was altered',
  });
  expect(events).toEqual([]);
});

test('rows are replaced apart from the final transaction, as a merge is, and never twice', async () => {
  const truncate = { method: 'truncate', reason: 'asked for' };
  const { context, events, steps } = loading('truncate', [truncate, truncate, truncate]);
  expect(await cutOver(context)).toMatchObject({ done: true, detail: 'none' });
  expect(steps).toEqual(['drain', 'freeze', 'drain', 'replace', 'drain']);
  expect(events).toEqual(['Replaced all rows: 1 inserted.']);
  // As after a kill at each of the steps.
  for (const [cutoverStep, rest] of [
    ['frozen', ['drain', 'replace', 'drain']],
    ['merged', ['drain']],
  ] as const) {
    steps.length = 0;
    await cutOver({ ...context, row: { ...context.row, cutoverStep } });
    expect(steps).toEqual(rest);
  }
});
