import type pg from 'pg';
import type { Change } from '../../../core/change.js';
import { SluiceError } from '../../../core/errors.js';
import type { LaneMember } from '../../contract/lane.js';
import { sharedKeyMessage } from '../../contract/shared-key.js';
import type { CompileTools } from './compile.js';
import { compileEntries } from './compile.js';
import { isCatalogueError, otherModes } from './failures.js';
import type { Missing } from './run-steps.js';
import { StepFailure, runSteps } from './run-steps.js';
import type { Mode } from './steps.js';

/**
 * Apply parked changes exactly as the lane would: first in the fast way, then, from a savepoint,
 * in the more patient ones. Returns rows that were not as expected.
 *
 * @param ends as compileEntries has it
 * @throws SluiceError of the last way's failure
 */
export async function applyExactly(
  client: pg.Client,
  tools: CompileTools,
  member: LaneMember,
  changes: readonly Change[],
  ends: boolean,
): Promise<number> {
  const entries = changes.map((change) => ({ change, member }));
  for (const change of changes) await tools.plans.load(change.shape, member.target);
  const truncates = changes.some(({ op }) => op === 't');
  const queue: Mode[] = ['fast'];
  let failure: unknown;
  for (let mode = queue.shift(); mode !== undefined; mode = queue.shift()) {
    const missing: Missing = new Map();
    await client.query('savepoint sluice_drain');
    try {
      await runSteps(client, compileEntries(entries, mode, tools, ends), missing);
      await client.query('release savepoint sluice_drain');
      return missing.get(member.tableId) ?? 0;
    } catch (error) {
      await client.query('rollback to savepoint sluice_drain');
      failure = error instanceof StepFailure ? error.error : error;
      if (error instanceof StepFailure && error.step?.guardsKeys === true) {
        throw new SluiceError('ROW_REJECTED', sharedKeyMessage(member.target), { cause: error });
      }
      if (isCatalogueError(failure) && !truncates) break;
      if (queue.length === 0) queue.push(...otherModes(failure, truncates).filter(after(mode)));
    }
  }
  throw failure;
}

const ORDER: readonly Mode[] = ['fast', 'mend', 'reinsert', 'ordered'];

function after(mode: Mode): (other: Mode) => boolean {
  return (other) => ORDER.indexOf(other) > ORDER.indexOf(mode);
}
