/**
 * Both sides are equal after any history. What happens comes from a seed; a failure prints it with
 * what happened. SLUICE_TEST_SEED repeats one, SLUICE_TEST_HISTORIES runs so many from there on,
 * SLUICE_TEST_SHRINK looks for a shorter one that fails too.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { patient } from '../../support/wait-for.js';
import { histories } from './history.js';
import type { Place } from './run-history.js';
import { runHistory } from './run-history.js';

const SHRINK = process.env.SLUICE_TEST_SHRINK !== undefined;

interface Usual {
  readonly seed: number;
  readonly histories: number;
  readonly steps: number;
}

/** @param placeOf where the history of a seed takes place */
export function checkHistories(usual: Usual, placeOf: (seed: number) => Place): void {
  const { SLUICE_TEST_STEPS, SLUICE_TEST_SEED, SLUICE_TEST_HISTORIES } = process.env;
  const steps = Number(SLUICE_TEST_STEPS ?? usual.steps);
  const first = Number(SLUICE_TEST_SEED ?? usual.seed);
  const one = SLUICE_TEST_SEED === undefined ? usual.histories : 1;
  const seeds = Array.from({ length: Number(SLUICE_TEST_HISTORIES ?? one) }, (_, n) => first + n);
  for (const seed of seeds) {
    const place = placeOf(seed);
    const { missing = null } = place;
    const title = `both sides are equal after history ${String(seed)}`;
    test.skipIf(missing !== null)(
      missing === null ? title : `${title} (${missing})`,
      async () => check(seed, steps, place),
      SHRINK ? 3_600_000 : patient(300_000),
    );
  }
}

async function check(seed: number, steps: number, place: Place): Promise<void> {
  let faults: string[] = [];
  const found = await fc.check(
    fc.asyncProperty(histories(steps, place), async (history) => {
      const wrong = await runHistory(place, history);
      if (wrong.length > 0) faults = wrong;
      return wrong.length === 0;
    }),
    { seed, numRuns: 1, endOnFailure: !SHRINK },
  );
  if (!found.failed) return;
  const { errorInstance: error } = found;
  const why = error instanceof Error ? [error.stack ?? error.message] : [];
  expect.fail([`Seed ${seed}:`, ...faults, ...why].join('\n'));
}
