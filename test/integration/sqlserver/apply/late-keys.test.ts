/**
 * A key that PostgreSQL checks when a transaction ends, on a SQL Server target, which checks it with
 * each statement: inside a transaction two rows may share a key.
 */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Image } from '../../../../src/core/cell.js';
import type { Change } from '../../../../src/core/change.js';
import type { StageRef } from '../../../../src/engines/contract/full-sync.js';
import { drainParked } from '../../../../src/engines/sqlserver/apply/drain.js';
import type { MsLaneWriter } from '../../../../src/engines/sqlserver/apply/lane-writer.js';
import type { FetchFromSource } from '../../../../src/engines/contract/source-fetch.js';
import type { MsSession } from '../../../../src/engines/sqlserver/sql-session.js';
import { LateTable, cells, rotate, transactions } from './late-table.js';
import type { LaneScene } from './support.js';
import { nextPosition, openLane, replicate, texts } from './support.js';

const DDL = (schema: string) => `create table ${schema}.late (
  id int not null primary key, v nvarchar(20) not null, big nvarchar(max) not null)`;

describe('a key that the source checks when a transaction ends', () => {
  let scene: LaneScene;
  let writer: MsLaneWriter;
  let session: MsSession;
  let stage: StageRef;
  let source = new LateTable();

  beforeAll(async () => {
    scene = await openLane('late keys');
    await scene.createTables(DDL('dbo'), ['late']);
    await scene.sql(`create schema stage\nGO\n${DDL('stage')}`);
    writer = await scene.claim();
    session = await scene.connect();
    const tableId = await scene.tableId('late');
    stage = { tableId, epoch: '1', fence: '0', target: { schema: 'dbo', table: 'late' } };
  });

  afterEach(async () => {
    source = new LateTable();
    await scene.flags('late', { applies: true, parks: false });
    await scene.sql('delete from dbo.late; delete from stage.late; delete from sluice.parked');
  });

  afterAll(async () => {
    await session.close();
    await scene.close();
  });

  const rowsOf = async (schema: string) =>
    texts(await scene.sql(`select id, v, big from ${schema}.late`));
  const sourceRows = () => texts(source.rows.map(({ id, v, big }) => ({ id, v, big })));

  function fill(table: LateTable, ids: readonly number[]): void {
    for (const id of ids) table.run([(_, to) => to.insert({ id, v: '1', big: '1' })]);
  }

  /** As one batch of as many transactions. */
  async function write(several: readonly (readonly Change[])[]): Promise<void> {
    const membership = await writer.readMembership();
    for (const changes of several) await writer.write(changes, membership);
    await writer.commit(nextPosition(), new Date(), several.length);
  }

  async function drain(schema: 'dbo' | 'stage', maxRows: number): Promise<void> {
    const into = { table: { schema, table: 'late' }, upsert: schema === 'stage' };
    for (;;) {
      const options = { fetchFromSource: fetchFrom(source) };
      if ((await drainParked(session, stage, into, maxRows, options)).remaining === 0) return;
    }
  }

  async function copyPart(which: (id: number) => boolean): Promise<void> {
    for (const { id, v, big } of source.rows.filter((row) => which(row.id))) {
      // A row that moved while it was copied is read twice; any one of them stays.
      await scene.sql(`insert into stage.late select ${String(id)}, N'${v}', N'${big}'
        where not exists (select 1 from stage.late where id = ${String(id)})`);
    }
  }

  it('lets rows change places, by the lane and from what was parked', async () => {
    const small = fc.integer({ min: 1, max: 8 });
    await fc.assert(
      fc.asyncProperty(transactions, transactions, small, async (one, two, maxRows) => {
        await scene.sql('delete from dbo.late');
        await scene.flags('late', { applies: true, parks: false });
        source = new LateTable();
        fill(source, [1, 2, 5, 7]);
        for (const steps of one) source.run(steps);
        await replicate(writer, source.take());
        expect(await rowsOf('dbo')).toEqual(sourceRows());
        await scene.flags('late', { applies: false, parks: true });
        for (const steps of two) {
          source.run(steps);
          await replicate(writer, source.take());
        }
        await drain('dbo', maxRows);
        expect(await rowsOf('dbo')).toEqual(sourceRows());
      }),
      { numRuns: Number(process.env.SLUICE_TEST_RUNS ?? 20), endOnFailure: true },
    );
  });

  it('takes changes into the stage of a copy, whatever moved meanwhile', async () => {
    await scene.flags('late', { applies: false, parks: true });
    await fc.assert(
      fc.asyncProperty(
        ...([transactions, transactions, transactions, fc.integer({ min: 1, max: 8 })] as const),
        async (one, two, three, maxRows) => {
          await scene.sql('delete from stage.late');
          source = new LateTable();
          fill(source, [1, 2, 5, 7]);
          source.take();
          for (const steps of one) source.run(steps);
          await copyPart((id) => id <= 4);
          for (const steps of two) source.run(steps);
          await copyPart((id) => id > 4);
          for (const steps of three) source.run(steps);
          await replicate(writer, source.take());
          await drain('stage', maxRows);
          expect(await rowsOf('stage')).toEqual(sourceRows());
        },
      ),
      { numRuns: Number(process.env.SLUICE_TEST_RUNS ?? 20), endOnFailure: true },
    );
  });

  it('keeps all rows that change places in one transaction of thousands', async () => {
    fill(source, range(5_000));
    await replicate(writer, source.take());
    source.run([rotate]);
    await replicate(writer, source.take());
    expect(await rowsOf('dbo')).toEqual(sourceRows());
  });

  it('keeps all rows that change places in small transactions of a large batch', async () => {
    fill(source, range(3));
    await replicate(writer, source.take());
    const several: Change[][] = [];
    for (let i = 0; i < 701; i += 1) {
      source.run([rotate]);
      several.push(source.take());
    }
    await write(several);
    expect(await rowsOf('dbo')).toEqual(sourceRows());
  });

  it('sets the table aside where a transaction is too large to be told, and loses nothing', async () => {
    fill(source, range(9_000));
    await replicate(writer, source.take());
    const before = await rowsOf('dbo');
    source.run([rotate]);
    const fault = { tableId: await scene.tableId('late'), code: 'ROW_REJECTED' };
    await expect(replicate(writer, source.take())).rejects.toMatchObject({ fault });
    expect(await rowsOf('dbo')).toEqual(before);
  });

  it('asks the source while a table is copied where a transaction is too large', async () => {
    await scene.flags('late', { applies: false, parks: true });
    fill(source, range(20_500));
    source.take();
    await copyPart((id) => id <= 10);
    source.run([rotate]);
    await replicate(writer, source.take());
    await drain('stage', 1_000);
    expect(await rowsOf('stage')).toEqual(sourceRows());
  });
});

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function fetchFrom(source: LateTable): FetchFromSource {
  const byId = new Map(source.rows.map((row) => [String(row.id), row]));
  const answer = (image: Image) => {
    const row = byId.get(image.cells[0]?.toString() ?? '');
    return row === undefined ? ('none' as const) : { cells: cells(row), formats: null };
  };
  return (_, rows) => Promise.resolve({ answers: rows.map(answer), seen: null });
}
