import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LaneTableFault } from '../../../../src/engines/contract/lane.js';
import { openLaneWriter } from '../../../../src/engines/sqlserver/apply/lane-writer.js';
import type { MsSessionOptions } from '../../../../src/engines/sqlserver/connect.js';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import { SimTable } from './sim-table.js';
import type { LaneScene } from './support.js';
import { nextPosition, openLane, replicate, texts } from './support.js';

const TABLES = `create table dbo.t (id int not null primary key, v nvarchar(50) null);
  create table dbo.good (id int not null primary key)`;

describe('a target table with an INSTEAD OF trigger', () => {
  let scene: LaneScene;
  let source: SimTable;
  let good: SimTable;
  beforeAll(async () => {
    scene = await openLane('instead');
  });
  beforeEach(async () => {
    await scene.fresh();
    await scene.createTables(TABLES, ['t', 'good']);
    source = new SimTable('t', [{ name: 'id', key: true }, { name: 'v' }]);
    good = new SimTable('good', [{ name: 'id', key: true }]);
    source.insert({ id: '1', v: 'a' });
    good.insert({ id: '1' });
  });
  afterAll(async () => scene.close());

  const rowsOf = async (table: string) => texts(await scene.sql(`select * from dbo.${table}`));

  it.each(['insert', 'update', 'delete'])(
    '11.4: is set aside with the reason, nothing is written, and the others go on: %s',
    async (what) => {
      await scene.sql(`create trigger dbo.swallow on dbo.t instead of ${what} as select 1 as a`);
      const writer = await scene.claim();
      const changes = [...source.take(), ...good.take()];
      const thrown: unknown = await replicate(writer, changes).catch((e: unknown) => e);
      if (!(thrown instanceof LaneTableFault)) throw thrown;
      const tableId = await scene.tableId('t');
      expect(thrown.fault).toMatchObject({ tableId, code: 'SCHEMA_MISMATCH' });
      expect(thrown.message).toContain(
        'The target table dbo.t has an INSTEAD OF trigger, which decides by itself what becomes of a row.',
      );
      expect(await rowsOf('t')).toEqual([]);
      expect(await rowsOf('good')).toEqual([]);
      await writer.setAside(thrown.fault);
      await writer.write(changes, await writer.readMembership());
      const counts = await writer.commit(nextPosition(), null, 1);
      expect(counts).toMatchObject({ inserts: 1, parked: 1 });
      expect(await rowsOf('good')).toEqual(['1']);
      const states = await scene.sql(
        `select phase, fault_code, fault_message from sluice.table_state where target_table = N't'`,
      );
      expect(states).toEqual([
        { phase: 'quarantined', fault_code: 'SCHEMA_MISMATCH', fault_message: thrown.message },
      ]);
    },
  );

  it('11.4: is set aside by a lane that is never idle, too', async () => {
    const connect = async (options: MsSessionOptions) =>
      connectMs(scene.connection, 'target', options);
    const writer = await openLaneWriter(connect, scene.laneId, 'test', 0);
    const membership = await writer.readMembership();
    await writer.write(source.take(), membership);
    await writer.commit(nextPosition(), null, 1);
    await scene.sql(`create trigger dbo.swallow on dbo.t instead of insert as select 1 as a`);
    source.insert({ id: '2', v: 'b' });
    const writing = writer
      .write(source.take(), membership)
      .then(async () => writer.commit(nextPosition(), null, 1));
    await expect(writing).rejects.toMatchObject({ fault: { code: 'SCHEMA_MISMATCH' } });
    await writer.close();
    expect(await rowsOf('t')).toEqual(['1|a']);
  });

  it('11.4: is written again once the trigger is disabled', async () => {
    await scene.sql(`create trigger dbo.swallow on dbo.t instead of insert as select 1 as a`);
    await scene.sql('disable trigger dbo.swallow on dbo.t');
    const writer = await scene.claim();
    await replicate(writer, source.take());
    expect(await rowsOf('t')).toEqual(['1|a']);
  });
});

const real = process.env.SLUICE_TEST_SQLSERVER_URL !== undefined;

/** The stand-in fires no trigger, but it can fail at the second statement of a kind. */
describe.skipIf(real)('a target table with an AFTER trigger', () => {
  let scene: LaneScene;
  beforeAll(async () => {
    scene = await openLane('after');
  });
  beforeEach(async () => {
    await scene.fresh();
    await scene.createTables(TABLES, ['t']);
  });
  afterAll(async () => {
    await scene.sql('exec standin.clear_faults');
    await scene.close();
  });

  /** Whether two rows were written by more statements than one. */
  async function oneByOne(): Promise<boolean> {
    const source = new SimTable('t', [{ name: 'id', key: true }, { name: 'v' }]);
    for (const id of ['1', '2']) source.insert({ id, v: 'a' });
    const fault = { kind: 'error', number: 50_999, match: 'insert into \\[dbo\\]', nth: 2 };
    await scene.sql(`exec standin.fault N'${JSON.stringify(fault)}'`);
    const writer = await scene.claim();
    try {
      await replicate(writer, source.take());
      return false;
    } catch (thrown) {
      if (thrown instanceof LaneTableFault && thrown.message.includes('50999')) return true;
      throw thrown;
    }
  }

  it('11.4: gets each change by a statement of its own, and several by one where there is none', async () => {
    expect(await oneByOne()).toBe(false);
    expect(await scene.sql('select id from dbo.t')).toHaveLength(2);
    await scene.sql('exec standin.clear_faults');
    await scene.sql('delete from dbo.t');
    await scene.sql('create trigger dbo.count_it on dbo.t after insert as select 1 as a');
    expect(await oneByOne()).toBe(true);
  });
});
