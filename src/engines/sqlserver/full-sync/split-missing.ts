import type { PartitionPeriod, StageRef } from '../../contract/full-sync.js';
import type { MsPartitionFunction, MsPartitionScheme } from '../catalog/object-model.js';
import { readSchemes } from '../catalog/partition-rows.js';
import { boundaryLiteral, splitStatements } from '../define/partition-sql.js';
import { param } from '../param.js';
import { quoteQualified } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { takeAppLock } from '../state/app-lock.js';
import { findMissing } from './period.js';
import { distinctValuesSql, PARTITION_COLUMN, movedRowsSql } from './sql/partition-sql.js';
import { SAY } from './sql/state-sql.js';
import { readLiveShape } from './stage-model.js';
import { stageTable } from './stage-record.js';
import { assertOwner, inTarget, type TargetSessions } from './target-context.js';

const MOMENTS: ReadonlySet<string> = new Set(['date', 'datetime', 'smalldatetime', 'datetime2']);

export interface SplitRules {
  readonly allowDataMovement: boolean;
  /** Null: told from the boundaries. */
  readonly period: PartitionPeriod | null;
}

/**
 * Give the periods of the staged rows partitions of their own. Rows of the live table are moved by
 * that only where it is allowed. One at a time splits a function, and looks at its boundaries when
 * its turn has come: by then another load may have made what this one needs. That load's staging
 * table may go meanwhile (test/conformance/sqlserver/partitions: "is split after a wait").
 */
export async function splitMissing(
  context: TargetSessions,
  stage: StageRef,
  rules: SplitRules,
): Promise<void> {
  const own = await inTarget(context, async (query) =>
    schemeOf(query, stage, await readSchemes(query)),
  );
  if (own === undefined) return;
  await inTarget(context, async (query) => {
    await takeAppLock(query, `sluice split ${own.function.name}`);
    await assertOwner(query, stage);
    await splitInTurn(query, stage, rules);
  });
}

async function splitInTurn(
  query: Query,
  stage: StageRef,
  { allowDataMovement, period }: SplitRules,
): Promise<void> {
  const schemes = await readSchemes(query);
  const own = await schemeOf(query, stage, schemes);
  const column = await partitionColumn(query, stage);
  if (own === undefined || column === null) return;
  const { function: divided } = own;
  const isMoment = MOMENTS.has(divided.type.name);
  const values = await query<{ value: string }>(
    distinctValuesSql(stageTable(stage), column, isMoment),
  );
  const { type, boundaries } = divided;
  const texts = values.map(({ value }) => value);
  const sharing = schemes.filter((scheme) => scheme.function.id === divided.id);
  const { missing, unknown, strange } = findMissing(type, boundaries, texts, period);
  if (unknown) await say(query, stage, 'warning', unknownPeriod(divided.name, period));
  if (strange > 0) await say(query, stage, 'warning', strangeValues(divided.name, strange));
  for (const boundary of missing) {
    await splitAt(query, stage, { divided, column, sharing, boundary, allowDataMovement });
  }
}

function unknownPeriod(name: string, period: PartitionPeriod | null): string {
  const why =
    period === null
      ? `How far the boundaries of partition function ${name} are apart could not be told from them`
      : `partitions.period: ${String(period)} does not fit the boundaries of partition function ${name}`;
  return (
    `${why}: no partition was made, and new rows go into those that are there. ` +
    'Set partitions.period of the table: day, week, month, quarter, year, a step of whole numbers, or none.'
  );
}

function strangeValues(name: string, count: number): string {
  const values = count === 1 ? '1 value is' : `${String(count)} values are`;
  return `${values} of no period of partition function ${name} and got no partition of their own.`;
}

interface Split {
  readonly divided: MsPartitionFunction;
  readonly column: string;
  readonly sharing: readonly MsPartitionScheme[];
  readonly boundary: string;
  readonly allowDataMovement: boolean;
}

async function splitAt(query: Query, stage: StageRef, split: Split): Promise<void> {
  const { divided, sharing, boundary } = split;
  if (!split.allowDataMovement && (await wouldMove(query, stage, split))) {
    const message = `There is no partition for ${boundary}: splitting the one that it is in would move rows. Set allowDataMovement, or split ${divided.name} by hand.`;
    await say(query, stage, 'warning', message);
    return;
  }
  const places = sharing.map((scheme) => ({
    name: scheme.name,
    filegroup: scheme.filegroups.at(-1) ?? 'PRIMARY',
  }));
  for (const sql of splitStatements(divided, places, boundary)) await query(sql);
  await say(query, stage, 'info', `Partition function ${divided.name} was split at ${boundary}.`);
}

async function wouldMove(query: Query, stage: StageRef, split: Split): Promise<boolean> {
  const { divided, column, boundary } = split;
  const where = { column, function: divided.name, isRight: divided.isRight };
  const sql = movedRowsSql(stage.target, where, boundaryLiteral(divided, boundary));
  const [row] = await query<{ n: number }>(sql);
  return row?.n !== 0;
}

async function schemeOf(
  query: Query,
  stage: StageRef,
  schemes: readonly MsPartitionScheme[],
): Promise<MsPartitionScheme | undefined> {
  const { storage } = await readLiveShape(query, stage);
  if (storage?.partitioned !== true) return undefined;
  return schemes.find(({ name }) => name === storage.dataSpace);
}

async function partitionColumn(query: Query, stage: StageRef): Promise<string | null> {
  const { schema, table } = stage.target;
  const params = [param.nvarchar('table', quoteQualified(schema, table))];
  const [row] = await query<{ name: string }>(PARTITION_COLUMN, params);
  return row?.name ?? null;
}

async function say(
  query: Query,
  stage: StageRef,
  level: 'info' | 'warning',
  message: string,
): Promise<void> {
  await query(SAY, [
    param.bigint('table', stage.tableId),
    param.nvarchar('level', level),
    param.nvarchar('kind', 'partition'),
    param.nvarchar('message', message),
  ]);
}
