import { formatTableName } from '../../config/table-name.js';
import { SluiceError } from '../../core/errors.js';
import { feedKindOfMode } from '../../core/feed-kind.js';
import { loadKeepsPartitions } from '../../core/kept-partitions.js';
import { sameTable, type TableName } from '../../core/names.js';
import type { Finding, TableModel } from '../../engines/contract/schema.js';
import type { SourceDatabase, TargetDatabase } from '../../engines/engine.js';
import type { PipelineSession } from '../../session/pipeline-session.js';
import type { TableRow } from '../../state/store.js';
import { findingOf } from './finding.js';
import type { InspectedTable, InspectedTargetTable } from './inspection.js';
import type { Refusals } from './table-refusals.js';

/** What is at the place of each table on the target now. */
interface Present {
  readonly exists: boolean;
  readonly rows: 'none' | 'some';
  readonly ours: boolean;
}

const ABSENT: Present = { exists: false, rows: 'none', ours: false };

export interface TargetReading {
  readonly session: PipelineSession;
  readonly name: string;
  readonly target: TargetDatabase;
  /** The same database opened for reading; it needs no `sluice` schema. */
  readonly reader: SourceDatabase;
  /** The `sluice` schema is there. */
  readonly started: boolean;
  readonly known: readonly TableRow[];
  readonly refusals: Refusals;
}

export async function inspectTargetTables(
  reading: TargetReading,
  tables: readonly InspectedTable[],
): Promise<InspectedTargetTable[]> {
  const { session, name } = reading;
  const wanted = tables.map((table) => session.settings(name, table.source).target);
  const present = wanted.length === 0 ? [] : await reading.reader.listTables(wanted);
  const inspected: InspectedTargetTable[] = [];
  for (const table of tables) {
    const target = session.settings(name, table.source).target;
    const model = present.find((one) => sameTable(one.name, target));
    inspected.push(await inspectOne(reading, table, target, model));
  }
  return inspected;
}

async function inspectOne(
  reading: TargetReading,
  table: InspectedTable,
  target: TableName,
  found: TableModel | undefined,
): Promise<InspectedTargetTable> {
  const { session, name } = reading;
  const settings = session.settings(name, table.source);
  const row = reading.known.find((one) => sameTable(one.source, table.source));
  const findings: Finding[] = [
    ...reading.refusals(table.source),
    ...((await reading.target.schema.losses?.(table.model)) ?? []),
  ];
  const present = await readPresent(reading, table, target, found, findings);
  const replicated = row !== undefined && row.epoch !== '0';
  if (present.rows === 'some' && !present.ours && !replicated && settings.existing === 'refuse') {
    findings.push(notEmpty(target, name));
  }
  const { load, loadReason } = await chooseLoad(reading, target, settings.load, present);
  return {
    source: table.source,
    target,
    enabled: settings.active,
    ...present,
    phase: row?.phase ?? null,
    load,
    loadReason: load === 'partitionSwitch' ? `${loadReason}${others(table, settings)}` : loadReason,
    findings,
  };
}

/** What becomes of partitions that no row of the source belongs to. */
function others({ mode }: InspectedTable, { deletes }: { readonly deletes: string }): string {
  const followsFeed = feedKindOfMode(mode) !== null;
  return loadKeepsPartitions({ followsFeed, deletes })
    ? '; partitions that the source has no row in stay as they are'
    : '; partitions that the source has no row in are emptied';
}

async function readPresent(
  reading: TargetReading,
  table: InspectedTable,
  target: TableName,
  found: TableModel | undefined,
  findings: Finding[],
): Promise<Present> {
  if (found === undefined) return ABSENT;
  const rows = (await hasRows(reading.reader, found)) ? 'some' : 'none';
  if (!reading.started) return { exists: true, rows, ours: false };
  try {
    const owner = { pipeline: reading.session.pipeline, target: reading.name };
    return await reading.target.schema.compareTable(table.model, target, { heal: false, owner });
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown;
    // A worker mends what is harmless, so a difference alone stops nothing here.
    const severity = thrown.code === 'SCHEMA_MISMATCH' ? 'warning' : 'error';
    findings.push({ ...findingOf(thrown, formatTableName(target)), severity });
    return { exists: true, rows, ours: true };
  }
}

async function hasRows(reader: SourceDatabase, model: TableModel): Promise<boolean> {
  if (model.rowsEstimated > 0) return true;
  const key = model.key ?? [];
  const digest = await reader.verify.digest({
    table: model.name,
    columns: key,
    key,
    form: 'native',
    lastRows: model.key === null ? null : 1,
  });
  return digest.rows > 0;
}

async function chooseLoad(
  reading: TargetReading,
  target: TableName,
  wanted: string,
  present: Present,
): Promise<{ load: string; loadReason: string }> {
  if (!present.exists) return { load: 'swap', loadReason: 'the table is new' };
  if (!reading.started) {
    return { load: wanted, loadReason: 'chosen when the copy ends' };
  }
  const asked = ['swap', 'merge', 'truncate', 'append', 'partitionSwitch'] as const;
  const method = asked.find((one) => one === wanted) ?? 'auto';
  const choice = await reading.target.fullSync.chooseLoad(target, method);
  return { load: choice.method, loadReason: choice.reason };
}

function notEmpty(target: TableName, name: string): Finding {
  const subject = formatTableName(target);
  return {
    severity: 'error',
    code: 'TARGET_NOT_EMPTY',
    subject,
    message: `The table ${subject} of the target ${name} has rows that Sluice did not write.`,
    remedy:
      'Set existing: adopt to compare and repair them, or existing: overwrite to replace them.',
  };
}
