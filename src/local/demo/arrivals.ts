/** Changing rows on the source and seeing them arrive, with the time that it takes. */
import { CHANGES } from './changes.js';
import type { Change } from './changes.js';
import { DemoFailure } from './failure.js';
import type { Screen } from './screen.js';
import type { SqlClient } from './sql-client.js';
import { took } from './text.js';
import { until } from './until.js';

const ARRIVAL_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 3;

/** Returns the longest time from a commit on the source to its sight on the target, in ms. */
export async function showChanges(
  screen: Screen,
  source: SqlClient,
  target: SqlClient,
): Promise<number> {
  let longest = 0;
  for (const change of CHANGES) {
    const lagMs = await showChange(source, target, change);
    longest = Math.max(longest, lagMs);
    screen.done(`${change.title.padEnd(50)} ${took(lagMs).padStart(7)} after its commit`);
  }
  return longest;
}

async function showChange(source: SqlClient, target: SqlClient, change: Change): Promise<number> {
  await source.run(`begin; ${change.change}; commit`);
  const committed = performance.now();
  await until(
    `The arrival of this change on the target: ${change.title},`,
    () => hasArrived(target, change),
    { timeoutMs: ARRIVAL_TIMEOUT_MS, everyMs: LOOK_EVERY_MS },
  );
  return performance.now() - committed;
}

/** A source transaction is visible whole or not at all: one statement never sees a part of it. */
async function hasArrived(target: SqlClient, change: Change): Promise<true | null> {
  const [row] = await target.run(change.arrived);
  const parts = Number(row?.n);
  if (parts === change.parts) return true;
  if (parts === 0) return null;
  throw new DemoFailure(
    `The target showed ${String(parts)} of ${String(change.parts)} parts of a transaction: ` +
      `${change.title}.`,
  );
}
