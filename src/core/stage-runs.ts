import type { Change } from './change.js';
import { isWhole, keyText, oldImage, rowImage } from './cell.js';

/**
 * Changes for a table that is being copied, in runs that may be folded. The copy may have read a row
 * at a key that it had only for a while, inside a run. Where another row takes that key in the same
 * run, and does not bring all of its values, a fold would leave it those of the first: a run ends
 * before it. `key` holds the columns that identify a row.
 */
export function* stageRuns(
  changes: readonly Change[],
  key: readonly number[],
): Generator<readonly Change[]> {
  let run: Change[] = [];
  let left = new Set<string>();
  for (const change of changes) {
    const row = rowImage(change, key);
    const old = oldImage(change);
    const from = old === null ? null : keyText(old, key);
    const to = row === null ? null : keyText(row, key);
    const whole = row !== null && isWhole(row);
    if (to !== null && left.has(to)) {
      if (whole) left.delete(to);
      else {
        yield run;
        run = [];
        left = new Set();
      }
    }
    run.push(change);
    if (from !== null && from !== to) left.add(from);
  }
  if (run.length > 0) yield run;
}
