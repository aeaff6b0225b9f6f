/**
 * Both sides are equal after any history. What happens comes from a seed; a failure prints it with
 * what happened. SLUICE_TEST_SEED repeats one, SLUICE_TEST_HISTORIES runs so many from there on,
 * SLUICE_TEST_SHRINK looks for a shorter one that fails too.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histories } from './history.js';
import { runHistory } from './run-history.js';

const STEPS = Number(process.env.SLUICE_TEST_STEPS ?? 250);
const FIRST = Number(process.env.SLUICE_TEST_SEED ?? 300);
const COUNT = Number(process.env.SLUICE_TEST_HISTORIES ?? (process.env.SLUICE_TEST_SEED ? 1 : 3));
const SHRINK = process.env.SLUICE_TEST_SHRINK !== undefined;
const SEEDS = Array.from({ length: COUNT }, (_, n) => FIRST + n);

test.each(SEEDS)(
  'both sides are equal after history %i',
  async (seed) => {
    const version = seed % 2 === 0 ? '14' : '18';
    let faults: string[] = [];
    const found = await fc.check(
      fc.asyncProperty(histories(STEPS), async (history) => {
        const wrong = await runHistory(version, history);
        if (wrong.length > 0) faults = wrong;
        return wrong.length === 0;
      }),
      { seed, numRuns: 1, endOnFailure: !SHRINK },
    );
    if (!found.failed) return;
    const { errorInstance: error } = found;
    const why = error instanceof Error ? [error.message] : [];
    expect.fail([`Seed ${seed} on PostgreSQL ${version}:`, ...faults, ...why].join('\n'));
  },
  SHRINK ? 3_600_000 : 240_000,
);
