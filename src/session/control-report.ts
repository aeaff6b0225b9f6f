/** What the state of a destination means in the words of the control tables' logs. Pure. */
import { formatTableName } from '../config/table-name.js';
import type { ControlPipeline } from '../config/control-tables/made.js';
import { displayName, sameTable, type TableName } from '../core/names.js';
import type {
  ControlError,
  ControlLog,
  ControlReport,
  ControlStatus,
  ControlVerification,
} from '../engines/contract/control-tables.js';
import type {
  DifferenceRow,
  ErrorRow,
  EventRow,
  FullSyncRow,
  VerificationRow,
} from '../state/history.js';
import type { TableRow } from '../state/store.js';
import { PASSING } from './control-news.js';

/** One look at a destination. */
export interface DestinationState {
  readonly tables: readonly TableRow[];
  /** When the copy that a table is in, or was in last, began; by table. */
  readonly copyStarted: ReadonlyMap<string, Date>;
  /** Rows that its change stream brought; by table. */
  readonly changes: ReadonlyMap<string, number>;
  readonly fullSyncs: readonly FullSyncRow[];
  readonly events: readonly EventRow[];
  readonly errors: readonly ErrorRow[];
  readonly verifications: readonly VerificationRow[];
  readonly differences: readonly DifferenceRow[];
}

/** Keys that one error names; the others are in sluice.verification_row of the destination. */
const KEYS_NAMED = 20;
const MISMATCH = 'VERIFICATION_FAILED';

export function reportOf(
  pipeline: ControlPipeline,
  state: DestinationState,
  now: Date,
): ControlReport {
  const bySource = new Map(
    pipeline.mappings.map((one) => [formatTableName(one.source), one.mappingId]),
  );
  const mappingOf = (table: TableName | null): number | null =>
    table === null ? null : (bySource.get(formatTableName(table)) ?? null);
  const byId = new Map(state.tables.map((row) => [row.tableId, row]));
  return {
    statuses: statusesOf(state, byId, mappingOf),
    logs: state.events.flatMap((event) => logOf(event, mappingOf)),
    errors: [
      ...state.errors.map((error) => errorOf(error, state, mappingOf)),
      ...missingTables(pipeline, state.tables, now),
    ],
    verifications: state.verifications.flatMap((one) =>
      verificationOf(one, mappingOf(byId.get(one.tableId)?.source ?? null)),
    ),
  };
}

type MappingOf = (table: TableName | null) => number | null;

function statusesOf(
  state: DestinationState,
  byId: ReadonlyMap<string, TableRow>,
  mappingOf: MappingOf,
): ControlStatus[] {
  const done = state.fullSyncs.flatMap((one): ControlStatus[] => {
    const mappingId = mappingOf(byId.get(one.tableId)?.source ?? null);
    return mappingId === null ? [] : [doneSync(one, mappingId)];
  });
  const now = state.tables.flatMap((row): ControlStatus[] => {
    const mappingId = mappingOf(row.source);
    if (mappingId === null || row.phase === 'detached') return [];
    return [...syncNow(row, state, mappingId), ...streamNow(row, state, mappingId)];
  });
  return [...done, ...now];
}

function doneSync(one: FullSyncRow, mappingId: number): ControlStatus {
  return {
    mappingId,
    key: one.epoch,
    syncType: 'FULL_SYNC',
    status: 'COMPLETED',
    recordsProcessed: one.rows,
    recordsFailed: 0,
    startedAt: one.startedAt,
    completedAt: one.finishedAt,
    errorMessage: null,
  };
}

/** Phases in which the copy of the epoch is not visible yet. */
const COPYING: readonly string[] = ['bootstrapping', 'fullSync', 'catchingUp'];

/** The full sync that a table is in; one that has ended is in the history of the destination. */
function syncNow(row: TableRow, state: DestinationState, mappingId: number): ControlStatus[] {
  const failed = row.phase === 'quarantined';
  const phase = failed ? (row.phaseBefore ?? '') : row.phase;
  const ended = state.fullSyncs.some(
    (one) => one.tableId === row.tableId && one.epoch === row.epoch,
  );
  const began = COPYING.includes(phase) || (failed && phase === 'new');
  if (!began || ended) return [];
  return [
    {
      mappingId,
      // Nothing was copied yet where the first copy could not even begin.
      key: row.epoch === '0' ? '1' : row.epoch,
      syncType: 'FULL_SYNC',
      status: failed ? 'ERROR' : 'RUNNING',
      recordsProcessed: row.rowsCopied,
      recordsFailed: failedRecords(row),
      startedAt: state.copyStarted.get(row.tableId) ?? row.phaseSince,
      completedAt: null,
      errorMessage: failed ? row.faultMessage : null,
    },
  ];
}

/** The change stream of a table that has one, from its first copy on. */
function streamNow(row: TableRow, state: DestinationState, mappingId: number): ControlStatus[] {
  const failed = row.phase === 'quarantined';
  if (row.laneId === null || (failed && row.phaseBefore !== 'streaming')) return [];
  const runs = row.phase === 'streaming' || row.applies;
  if (!failed && !runs && row.phase !== 'paused') return [];
  // Until the lane has let go of it, changes still arrive.
  const asked = !row.applies && (row.wanted !== 'run' || !row.enabled);
  const stopped = !failed && (row.phase === 'paused' || asked);
  return [
    {
      mappingId,
      key: 'stream',
      syncType: 'CDC',
      status: failed ? 'ERROR' : stopped ? 'COMPLETED' : 'RUNNING',
      recordsProcessed: state.changes.get(row.tableId) ?? 0,
      recordsFailed: failedRecords(row),
      startedAt: row.phaseSince,
      completedAt: stopped ? row.phaseSince : null,
      errorMessage: failed ? row.faultMessage : null,
    },
  ];
}

/** A batch that is refused is found to be so for one row. */
function failedRecords(row: TableRow): number {
  return row.faultCode === 'ROW_REJECTED' ? 1 : 0;
}

const LEVELS = { info: 'INFO', warning: 'WARNING', error: 'ERROR' } as const;

function logOf(event: EventRow, mappingOf: MappingOf): ControlLog[] {
  if (event.level === 'debug') return [];
  const { eventId, message, at } = event;
  return [{ eventId, mappingId: mappingOf(event.table), level: LEVELS[event.level], message, at }];
}

/** A difference counts as settled when a later verification found none. */
function errorOf(error: ErrorRow, state: DestinationState, mappingOf: MappingOf): ControlError {
  const { errorId, code, message, occurrences, lastAt, table } = error;
  const mismatch = code === MISMATCH;
  const passed = mismatch ? passedSince(state.tables, table, lastAt) : null;
  const resolvedAt = error.resolvedAt ?? passed;
  const keys = mismatch && resolvedAt === null ? keysOf(state.differences, table) : '';
  return {
    key: errorId,
    mappingId: mappingOf(table),
    errorType: code,
    message: `${message}${keys}`,
    retryCount: occurrences - 1,
    at: lastAt,
    resolvedAt,
  };
}

function passedSince(
  tables: readonly TableRow[],
  table: TableName | null,
  since: Date,
): Date | null {
  const row = table === null ? undefined : tables.find((one) => sameTable(table, one.source));
  if (row?.verifiedResult !== 'passed' || row.verifiedAt === null) return null;
  return row.verifiedAt > since ? row.verifiedAt : null;
}

/** Keys, and never another value. */
function keysOf(differences: readonly DifferenceRow[], table: TableName | null): string {
  const own = differences.filter(
    (one) => table !== null && sameTable(table, one.table) && !one.repaired,
  );
  if (own.length === 0) return '';
  const named = own.slice(0, KEYS_NAMED).map(({ key, difference }) => `${key} (${difference})`);
  const others = own.length - named.length;
  return ` Keys: ${named.join(', ')}${others > 0 ? ` and ${String(others)} more` : ''}.`;
}

const RESULTS: Readonly<Record<string, ControlVerification['status']>> = {
  passed: 'PASSED',
  failed: 'FAILED',
};

function verificationOf(row: VerificationRow, mappingId: number | null): ControlVerification[] {
  if (mappingId === null) return [];
  return [
    {
      verificationId: row.verificationId,
      mappingId,
      status: RESULTS[row.result] ?? 'ERROR',
      recordsChecked: Math.max(row.sourceRows, row.targetRows),
      mismatches: row.differences,
      message: row.message,
      at: row.finishedAt,
    },
  ];
}

/** Known only when the source has been looked at: then every other table has its row. */
function missingTables(
  { mappings }: ControlPipeline,
  tables: readonly TableRow[],
  now: Date,
): ControlError[] {
  if (tables.length === 0) return [];
  const found = new Set(tables.map((row) => formatTableName(row.source)));
  return mappings
    .filter(({ source }) => !found.has(formatTableName(source)))
    .map(({ mappingId, source }) => ({
      key: `${PASSING}mapping ${String(mappingId)}`,
      mappingId,
      errorType: 'TABLE_UNKNOWN',
      message:
        `The source shows no table ${displayName(source)}: correct the mapping (names are compared ` +
        'exactly), or grant the login the right to see it.',
      retryCount: 0,
      at: now,
      resolvedAt: null,
    }));
}
