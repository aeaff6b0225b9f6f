/** Whether a target has the room for the first copies; pure. */
import { sameTable } from '../../core/names.js';
import type { Finding } from '../../engines/contract/schema.js';
import { bytesText } from '../text/amounts.js';
import type { InspectedTable, InspectedTargetTable } from './inspection.js';

export interface Room {
  /** On the disk of the target's server; null: not known. */
  readonly freeBytes: number | null;
  /** `room` of the target in the configuration; null: not said. */
  readonly allowedBytes: number | null;
}

/** Bytes of the tables that a start would copy. */
export function bytesToCopy(
  tables: readonly InspectedTable[],
  present: readonly InspectedTargetTable[],
): number {
  return tables.reduce((sum, { source, model }) => {
    const there = present.find((one) => sameTable(one.source, source));
    const copied = there?.phase == null || there.phase === 'new';
    return copied && there?.enabled !== false ? sum + Math.max(0, model.bytesEstimated) : sum;
  }, 0);
}

/**
 * The rows alone, without an index and without the second copy of a table that is merged: a target
 * that has less than that is refused, because it is known to be too small.
 */
export function roomFindings(name: string, needed: number, room: Room): Finding[] {
  const limits = [
    [room.freeBytes, 'free on its disk'],
    [room.allowedBytes, 'allowed by its room in the configuration'],
  ] as const;
  return limits.flatMap(([bytes, what]): Finding[] => {
    if (bytes === null || needed <= bytes) return [];
    return [
      {
        severity: 'error',
        code: 'target.room',
        subject: name,
        message: `The rows to copy take ${bytesText(needed)} on the target ${name}, and ${bytesText(bytes)} are ${what}.`,
        remedy: 'Make room there, exclude tables, or give the target another disk.',
      },
    ];
  });
}
