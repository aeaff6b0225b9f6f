import type { Change } from '../../../../src/core/change.js';
import type { BatchCounts } from '../../../../src/engines/contract/lane.js';
import type { MsLaneWriter } from '../../../../src/engines/sqlserver/apply/lane-writer.js';
import { openLaneWriter } from '../../../../src/engines/sqlserver/apply/lane-writer.js';
import type { MsSessionOptions } from '../../../../src/engines/sqlserver/connect.js';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import type { MsRow } from '../../../support/sqlserver/server.js';
import type { TargetScene } from '../target-scene.js';
import { openTarget } from '../target-scene.js';

/** A target with one lane whose tables are `applies`; sources are tables in memory. */
export interface LaneScene extends TargetScene {
  readonly laneId: string;
  /** Runs the DDL; each table becomes a member of the lane. */
  createTables(ddl: string, tables: readonly string[]): Promise<void>;
  flags(table: string, flags: { applies: boolean; parks: boolean }): Promise<void>;
  tableId(table: string): Promise<string>;
  claim(): Promise<MsLaneWriter>;
  /** As `openLane` left it: writers closed, tables of schema dbo gone, nothing in the state. */
  fresh(): Promise<void>;
}

export async function openLane(label: string): Promise<LaneScene> {
  const scene = await openTarget(label);
  const lane = await scene.state.lanes.ensure('p', 't', 0);
  const { laneId } = lane;
  const writers: MsLaneWriter[] = [];
  const fresh = async () => {
    await Promise.all(writers.splice(0).map(async (writer) => writer.close()));
    await scene.sql(EMPTY_STATE);
    // A table that refers to another one was made after it.
    const tables = await scene.sql(`select name from sys.tables where schema_id = schema_id(N'dbo')
       order by object_id desc`);
    for (const { name } of tables) await scene.sql(`drop table dbo.${String(name)}`);
  };
  await fresh();
  return {
    ...scene,
    laneId,
    createTables: async (ddl, tables) => {
      await scene.sql(ddl);
      for (const table of tables) await addMember(scene, laneId, table);
    },
    flags: async (table, { applies, parks }) => {
      await scene.sql(`
        update sluice.lane set membership = membership + 1;
        update sluice.table_state set applies = ${bit(applies)}, parks = ${bit(parks)}
         where target_table = N'${table}'`);
    },
    tableId: async (table) => {
      const rows = await scene.sql(
        `select table_id from sluice.table_state where target_table = N'${table}'`,
      );
      return String(rows[0]?.table_id);
    },
    claim: async () => {
      const connect = async (options: MsSessionOptions) =>
        connectMs(scene.connection, 'target', options);
      const writer = await openLaneWriter(connect, laneId, 'test');
      writers.push(writer);
      return writer;
    },
    fresh,
    close: async () => {
      await Promise.all(writers.map(async (writer) => writer.close()));
      await scene.close();
    },
  };
}

const EMPTY_STATE = `
delete from sluice.parked; delete from sluice.table_state; delete from sluice.run;
delete from sluice.event; delete from sluice.error;
update sluice.lane
   set position = N'00', source_identity = N'lineage', recorded = null, owner_session = null,
       parked_seq = 0`;

function bit(value: boolean): string {
  return value ? '1' : '0';
}

async function addMember(scene: TargetScene, laneId: string, table: string): Promise<void> {
  await scene.sql(`
    update sluice.lane set membership = membership + 1;
    insert into sluice.table_state (pipeline, target, slug, source_schema, source_table,
      target_schema, target_table, lane_id, mode, [load], phase, applies)
    values (N'p', N't', N'${table}', N'dbo', N'${table}', N'dbo', N'${table}', ${laneId}, N'cdc',
            N'swap', N'streaming', 1)`);
}

let place = 0;

/** Positions only grow. */
export function nextPosition(): string {
  place += 1;
  return place.toString(16).padStart(20, '0');
}

/** One batch of one source transaction. */
export async function replicate(
  writer: MsLaneWriter,
  changes: readonly Change[],
): Promise<BatchCounts> {
  await writer.write(changes, await writer.readMembership());
  return writer.commit(nextPosition(), new Date(), 1);
}

/** Rows as texts of their columns, in the order of their text; bytes as hex. */
export function texts(rows: readonly MsRow[]): string[] {
  const text = (value: unknown): string => {
    if (value === null || value === undefined) return '∅';
    if (Buffer.isBuffer(value)) return value.toString('hex');
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  return rows.map((row) => Object.values(row).map(text).join('|')).sort();
}
