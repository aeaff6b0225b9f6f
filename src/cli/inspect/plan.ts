/** What would be done, from what was found; pure. */
import { formatTableName } from '../../config/table-name.js';
import { sameTable } from '../../core/names.js';
import type { Finding } from '../../engines/contract/schema.js';
import { FOREIGN_KEY_CIRCLE } from './foreign-key-circles.js';
import {
  allFindings,
  type InspectedTable,
  type InspectedTarget,
  type Inspection,
} from './inspection.js';
import { ROUTINES_STAY } from './routines-stay.js';

/** `plan --json` is an array of these; fields may be added, never renamed or removed. */
export interface Plan {
  readonly pipeline: string;
  readonly targets: readonly TargetPlan[];
  /** Tables that cannot follow, and what else stands in the way. */
  readonly obstacles: readonly Finding[];
}

export interface TargetPlan {
  readonly target: string;
  /** On the source and on the target; nothing else is created outside of the tables. */
  readonly creates: readonly string[];
  readonly drops: readonly string[];
  /** What will not be as on the source, or does not follow. */
  readonly differences: readonly string[];
  readonly tables: readonly TablePlan[];
  readonly rows: number;
  readonly bytes: number;
  /** Room that the copy takes on the target at most: the tables, their indexes and their stage. */
  readonly roomBytes: number;
  /** Room that the target has, as far as it can be known; null: it cannot. */
  readonly freeBytes: number | null;
  /** Log that the copy makes on the target. */
  readonly logBytes: number;
  readonly seconds: number;
}

export interface TablePlan {
  readonly table: string;
  readonly targetTable: string;
  /** create, copy (into a table that is there), none (replicated already), off, obstacle. */
  readonly action: 'create' | 'copy' | 'none' | 'off' | 'obstacle';
  readonly mode: string;
  readonly modeReason: string;
  readonly load: string;
  readonly loadReason: string;
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Bytes per second of a copy between two servers in one network: half of what an ordinary disk and
 * network let through in our measurements, because the source is spared.
 */
export const ASSUMED_BYTES_PER_SECOND = 20 * 1024 * 1024;
/** The stage is a second copy until the cut-over. */
const ROOM_FACTOR = 2;
/** Differences that are of no single table. */
const OF_ALL_TABLES = new Set([ROUTINES_STAY, FOREIGN_KEY_CIRCLE]);

export function planOf(inspection: Inspection): Plan {
  return {
    pipeline: inspection.pipeline,
    targets: inspection.targets.map((target) => targetPlan(inspection, target)),
    obstacles: allFindings(inspection).filter((finding) => finding.severity === 'error'),
  };
}

function targetPlan(inspection: Inspection, target: InspectedTarget): TargetPlan {
  const tables = inspection.tables.map((table) => tablePlan(table, target));
  const copied = tables.filter((table) => table.action === 'create' || table.action === 'copy');
  const sum = (of: (table: TablePlan) => number) => copied.reduce((all, one) => all + of(one), 0);
  const bytes = sum((table) => table.bytes);
  const made = target.findings
    .filter(({ severity }) => severity === 'info')
    .flatMap(({ makes }) => (makes === undefined ? [] : [`${makes} on the source`]));
  return {
    target: target.name,
    creates: [
      ...(target.creates === null ? [] : [`the database ${target.creates} on ${target.name}`]),
      ...made,
      ...(target.started ? [] : [`the schema sluice on ${target.name}`]),
    ],
    drops: copied
      .filter((table) => table.load === 'swap' && table.action === 'copy')
      .map((table) => `the empty table ${table.targetTable}, which its copy replaces`),
    differences: differencesOf(inspection, target),
    tables,
    rows: sum((table) => table.rows),
    bytes,
    roomBytes: bytes * ROOM_FACTOR,
    freeBytes: target.room.freeBytes,
    logBytes: bytes,
    seconds: Math.ceil(bytes / ASSUMED_BYTES_PER_SECOND),
  };
}

function differencesOf({ tables }: Inspection, target: InspectedTarget): string[] {
  const ofAll = target.findings.filter(({ code }) => OF_ALL_TABLES.has(code));
  const found = [...tables, ...target.tables].flatMap((table) => table.findings);
  const said = found.filter(({ severity }) => severity === 'info' || severity === 'warning');
  const texts = said.map(({ subject, message }) => `${subject}: ${message}`);
  return [
    ...ofAll.map(({ message, remedy }) => `${message} ${remedy ?? ''}`.trim()),
    ...new Set(texts),
  ];
}

function tablePlan(table: InspectedTable, target: InspectedTarget): TablePlan {
  const there = target.tables.find((one) => sameTable(one.source, table.source));
  const obstacle = [...table.findings, ...(there?.findings ?? [])].some(
    (finding) => finding.severity === 'error',
  );
  const replicated = there !== undefined && there.phase !== null && there.phase !== 'new';
  const action = obstacle
    ? 'obstacle'
    : there?.enabled === false
      ? 'off'
      : replicated
        ? 'none'
        : there?.exists === true
          ? 'copy'
          : 'create';
  return {
    table: formatTableName(table.source),
    targetTable: formatTableName(there?.target ?? table.source),
    action,
    mode: table.mode,
    modeReason: table.reason,
    load: there?.load ?? 'auto',
    loadReason: there?.loadReason ?? 'the target is not known',
    rows: Math.max(0, table.model.rowsEstimated),
    bytes: Math.max(0, table.model.bytesEstimated),
  };
}
