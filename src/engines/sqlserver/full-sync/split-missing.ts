import type { StageRef } from '../../contract/full-sync.js';
import type { MsPartitionFunction, MsPartitionScheme } from '../catalog/object-model.js';
import { readSchemes } from '../catalog/partition-rows.js';
import { boundaryLiteral, splitStatements } from '../define/partition-sql.js';
import { param } from '../param.js';
import { quoteQualified } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { missingBoundaries } from './period.js';
import { distinctValuesSql, PARTITION_COLUMN, partitionOfSql } from './sql/partition-sql.js';
import { ONE_AT_A_TIME, SAY } from './sql/state-sql.js';
import { readLiveShape } from './stage-model.js';
import { stageTable } from './stage-record.js';
import { filledPartitions } from './switch-partitions.js';

const MOMENTS: ReadonlySet<string> = new Set(['date', 'datetime', 'smalldatetime', 'datetime2']);

/**
 * Give the periods of the staged rows partitions of their own, in one transaction of the caller. A
 * partition of the live table that has rows is split only where that is allowed: it moves them.
 */
export async function splitMissing(
  query: Query,
  stage: StageRef,
  allowDataMovement: boolean,
): Promise<void> {
  const schemes = await readSchemes(query);
  const own = await schemeOf(query, stage, schemes);
  const column = await partitionColumn(query, stage);
  if (own === undefined || column === null) return;
  const { function: divided } = own;
  await query(ONE_AT_A_TIME, [param.nvarchar('resource', `sluice split ${divided.name}`)]);
  const isMoment = MOMENTS.has(divided.type.name);
  const values = await query<{ value: string }>(
    distinctValuesSql(stageTable(stage), column, isMoment),
  );
  const { type, boundaries } = divided;
  const texts = values.map(({ value }) => value);
  const sharing = schemes.filter((scheme) => scheme.function.id === divided.id);
  for (const boundary of missingBoundaries(type, boundaries, texts)) {
    await splitAt(query, stage, { divided, sharing, boundary, allowDataMovement });
  }
}

interface Split {
  readonly divided: MsPartitionFunction;
  readonly sharing: readonly MsPartitionScheme[];
  readonly boundary: string;
  readonly allowDataMovement: boolean;
}

async function splitAt(query: Query, stage: StageRef, split: Split): Promise<void> {
  const { divided, sharing, boundary } = split;
  if (!split.allowDataMovement && (await wouldMove(query, stage, split))) {
    const message = `There is no partition for ${boundary}: the one that it is in has rows, and splitting it would move them. Set allowDataMovement, or split ${divided.name} by hand.`;
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
  const { divided, boundary } = split;
  const sql = partitionOfSql(divided.name, boundaryLiteral(divided, boundary));
  const [row] = await query<{ number: number }>(sql);
  const filled = await filledPartitions(query, stage.target);
  return row !== undefined && filled.includes(row.number);
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
