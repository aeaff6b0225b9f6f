/** What `check`, `plan` and `start` find out about a pipeline before anything is touched. */
import type { Finding, TableModel } from '../../engines/contract/schema.js';
import type { TableName } from '../../core/names.js';
import type { Room } from './room.js';
import type { ResolvedMode } from '../../core/table-mode.js';

export interface InspectedTable {
  readonly source: TableName;
  readonly model: TableModel;
  readonly mode: ResolvedMode;
  readonly reason: string;
  /** Of the source's table alone; those of a target are in InspectedTarget. */
  readonly findings: readonly Finding[];
}

export interface InspectedTargetTable {
  readonly source: TableName;
  readonly target: TableName;
  readonly enabled: boolean;
  readonly exists: boolean;
  readonly rows: 'none' | 'some';
  readonly ours: boolean;
  /** Already replicated: in this phase. */
  readonly phase: string | null;
  readonly load: string;
  readonly loadReason: string;
  readonly findings: readonly Finding[];
}

export interface InspectedTarget {
  readonly name: string;
  readonly description: string | null;
  /** The database that has to be created first. */
  readonly creates: string | null;
  /** The schema `sluice` is there. */
  readonly started: boolean;
  readonly room: Room;
  readonly findings: readonly Finding[];
  readonly tables: readonly InspectedTargetTable[];
}

export interface Inspection {
  readonly pipeline: string;
  readonly source: { readonly description: string | null; readonly findings: readonly Finding[] };
  readonly tables: readonly InspectedTable[];
  readonly targets: readonly InspectedTarget[];
}

export function allFindings(inspection: Inspection): Finding[] {
  return [
    ...inspection.source.findings,
    ...inspection.tables.flatMap((table) => table.findings),
    ...inspection.targets.flatMap((target) => [
      ...target.findings,
      ...target.tables.flatMap((table) => table.findings),
    ]),
  ];
}
