import { z } from 'zod';
import type { TableName } from '../../../../core/names.js';
import type { Position } from '../../../contract/feed.js';
import type { Query } from '../../sql-session.js';
import { toPosition } from './lsn.js';
import { READ_INSTANCES, READ_STARTS } from './sql/instances-sql.js';

/** One capture instance of a source table. */
export interface Instance {
  /** Object id of its change table, which no other instance ever has. */
  readonly id: number;
  readonly sourceId: number;
  readonly table: TableName;
  readonly name: string;
  readonly changeTable: string;
  /** The first position it has; null until the capture job has come to it. */
  readonly start: Position | null;
  /** When it was made, local to the server; only good for telling one from another. */
  readonly created: string;
  /** A clean-up has moved its start: what came before was there once. */
  readonly cleaned: boolean;
  /** Its change table numbers the statements of a transaction; very old ones do not. */
  readonly hasCommand: boolean;
}

const ROW = z.object({
  id: z.number(),
  sourceId: z.number(),
  schema: z.string(),
  table: z.string(),
  name: z.string(),
  changeTable: z.string(),
  startLsn: z.instanceof(Buffer).nullable(),
  created: z.string(),
  cleaned: z.number(),
  hasCommand: z.number(),
});

/** All instances of the database that the login may see, each table's oldest first. */
export async function readInstances(query: Query): Promise<Instance[]> {
  const rows = await query(READ_INSTANCES);
  return rows.map((row) => {
    const { schema, table, startLsn, cleaned, hasCommand, ...plain } = ROW.parse(row);
    return {
      ...plain,
      table: { schema, table },
      start: startLsn === null ? null : toPosition(startLsn),
      cleaned: cleaned === 1,
      hasCommand: hasCommand === 1,
    };
  });
}

const START_ROW = z.object({ id: z.number(), startLsn: z.instanceof(Buffer).nullable() });

/** The first position that each instance has at this moment, by the instance's id. */
export async function readStarts(query: Query): Promise<Map<number, Position | null>> {
  const rows = (await query(READ_STARTS)).map((row) => START_ROW.parse(row));
  return new Map(
    rows.map(({ id, startLsn }) => [id, startLsn === null ? null : toPosition(startLsn)]),
  );
}

/** The instances of each table together. */
export function byTable(instances: readonly Instance[]): Map<number, Instance[]> {
  const groups = new Map<number, Instance[]>();
  for (const instance of instances) {
    const group = groups.get(instance.sourceId);
    if (group === undefined) groups.set(instance.sourceId, [instance]);
    else group.push(instance);
  }
  return groups;
}
