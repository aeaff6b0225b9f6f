import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Image } from '../../../../src/core/cell.js';
import type { Cell } from '../../../../src/core/change.js';
import { UNCHANGED } from '../../../../src/core/change.js';
import type { StageRef } from '../../../../src/engines/contract/full-sync.js';
import type { DrainOutcome } from '../../../../src/engines/sqlserver/apply/drain.js';
import { drainParked, drainRest } from '../../../../src/engines/sqlserver/apply/drain.js';
import type { MsLaneWriter } from '../../../../src/engines/sqlserver/apply/lane-writer.js';
import { readCatchUp } from '../../../../src/engines/sqlserver/full-sync/catch-up.js';
import type { Answer, FetchFromSource } from '../../../../src/engines/contract/source-fetch.js';
import type { MsSession } from '../../../../src/engines/sqlserver/sql-session.js';
import type { SimTable } from './sim-table.js';
import type { LaneScene } from './support.js';
import { openLane, replicate, texts } from './support.js';
import type { Operation } from './workload.js';
import { WORKLOAD_DDL, newSources, operations } from './workload.js';

const STAGE = `
create table stage.ck (a int not null, b nvarchar(10) not null, v nvarchar(20) null,
  big nvarchar(max) null, primary key (b, a))`;

describe('parked changes on SQL Server', () => {
  let scene: LaneScene;
  let writer: MsLaneWriter;
  let session: MsSession;
  let stage: StageRef;

  beforeAll(async () => {
    scene = await openLane('drain');
    await scene.createTables(WORKLOAD_DDL, ['ck']);
    await scene.sql(`create schema stage\nGO\n${STAGE}`);
    writer = await scene.claim();
    session = await scene.connect();
    const tableId = await scene.tableId('ck');
    stage = { tableId, epoch: '1', fence: '0', target: { schema: 'dbo', table: 'ck' } };
  });

  afterEach(async () => {
    await scene.sql(`delete from dbo.ck; delete from stage.ck; delete from sluice.parked;
      update sluice.table_feed set parked_rows = 0, parked_bytes = 0, parked_since = null`);
  });

  afterAll(async () => scene.close());

  async function drainAll(
    schema: 'stage' | 'dbo',
    maxRows: number,
    source: SimTable,
  ): Promise<DrainOutcome> {
    const into = { table: { schema, table: 'ck' }, upsert: schema === 'stage' };
    const options = { fetchFromSource: fetchFrom(source) };
    for (;;) {
      const outcome = await drainParked(session, stage, into, maxRows, options);
      if (outcome.remaining === 0) return outcome;
    }
  }

  async function copyPart(source: SimTable, which: (a: number) => boolean): Promise<void> {
    const rows = source.all().filter(({ a }) => which(Number(a)));
    for (const { a, b, v, big } of rows) {
      // A row that moved while it was copied is read twice; any one of them stays.
      await scene.sql(`
        insert into stage.ck (a, b, v, big)
        select ${literal(a)}, ${literal(b)}, ${literal(v)}, ${literal(big)}
         where not exists (select 1 from stage.ck where a = ${literal(a)} and b = ${literal(b)})`);
    }
  }

  const rowsOf = async (schema: string) =>
    texts(await scene.sql(`select a, b, v, big from ${schema}.ck`));
  const sourceRows = (source: SimTable) =>
    texts(source.all().map(({ a, b, v, big }) => ({ a, b, v, big })));

  it('make a stage equal to the source, whatever moved while it was copied', async () => {
    await scene.flags('ck', { applies: false, parks: true });
    const small = fc.integer({ min: 1, max: 8 });
    await fc.assert(
      fc.asyncProperty(
        ...([operations, operations, operations, operations, small] as const),
        async (before, one, two, three, maxRows) => {
          await scene.sql('delete from stage.ck');
          const sources = newSources();
          const { ck } = sources;
          const run = (list: readonly Operation[]) => {
            for (const operation of list) operation(sources);
          };
          run(before);
          ck.take();
          run(one);
          await copyPart(ck, (a) => a <= 3);
          run(two);
          await copyPart(ck, (a) => a > 3);
          run(three);
          await replicate(writer, ck.take());
          await drainAll('stage', maxRows, ck);
          expect(await rowsOf('stage')).toEqual(sourceRows(ck));
          const feed = 'select parked_rows, parked_bytes, parked_since from sluice.table_feed';
          expect(await scene.sql(feed)).toEqual([
            { parked_rows: '0', parked_bytes: '0', parked_since: null },
          ]);
        },
      ),
      { numRuns: 25, endOnFailure: true },
    );
  });

  const LEAVES = [
    ['all at once', 100, [1, 2]],
    ['one by one', 1, [1, 2]],
    ['all at once, read only where another row came', 100, [1]],
    ['one by one, read only where another row came', 1, [1]],
  ] as const;

  it.each(LEAVES)(
    'keep the large value of a row whose key another one took: %s',
    async (...how) => {
      const [, maxRows, copied] = how;
      await scene.flags('ck', { applies: false, parks: true });
      const { ck } = newSources();
      const key = (a: string) => ({ a, b: 'k' });
      ck.insert({ ...key('1'), v: 'first', big: 'of the first' });
      ck.insert({ ...key('3'), v: 'other', big: 'of the other' });
      ck.take();
      // The other one looks as the first does but for what no change brings.
      ck.update(key('1'), { v: 'same' });
      ck.update(key('1'), { a: '2' });
      ck.update(key('3'), { a: '1' });
      ck.update(key('1'), { v: 'same' });
      await copyPart(ck, (a) => copied.some((one) => one === a));
      ck.update(key('2'), { v: 'later' });
      await replicate(writer, ck.take());
      await drainAll('stage', maxRows, ck);
      expect(await rowsOf('stage')).toEqual(sourceRows(ck));
    },
  );

  const UNASKED: readonly [string, FetchFromSource | undefined][] = [
    ['there is no way to the source', undefined],
    ['its key is of a type that the source is not asked by', answering('unknown')],
    ['the source has the row without a column', answering({ cells: PART, formats: null })],
  ];

  it.each(UNASKED)('stop the table when a row would be lost: %s', async (_, fetchFromSource) => {
    await scene.flags('ck', { applies: false, parks: true });
    const { ck } = newSources();
    ck.insert({ a: '1', b: 'k', v: 'v', big: 'large' });
    ck.take();
    ck.update({ a: '1', b: 'k' }, { v: 'w' });
    await replicate(writer, ck.take());
    const into = { table: { schema: 'stage', table: 'ck' }, upsert: true };
    const options = fetchFromSource === undefined ? {} : { fetchFromSource };
    await expect(drainParked(session, stage, into, 10, options)).rejects.toMatchObject({
      code: 'FEED_GAP',
      message: expect.stringContaining('dbo.ck') as string,
    });
    expect(await scene.sql('select seq from sluice.parked')).toHaveLength(1);
    expect(await rowsOf('stage')).toEqual([]);
  });

  it('stop the table when a moved row would be given values by a guess', async () => {
    await scene.flags('ck', { applies: false, parks: true });
    const { ck } = newSources();
    ck.insert({ a: '1', b: 'k', v: 'v', big: 'large' });
    ck.take();
    await copyPart(ck, () => true);
    ck.update({ a: '1', b: 'k' }, { a: '2' });
    await replicate(writer, ck.take());
    const into = { table: { schema: 'stage', table: 'ck' }, upsert: true };
    await expect(drainParked(session, stage, into, 10)).rejects.toMatchObject({ code: 'FEED_GAP' });
  });

  it('are all in a stage only when the stream has passed what was fetched for them', async () => {
    await scene.flags('ck', { applies: false, parks: true });
    const { ck } = newSources();
    ck.insert({ a: '1', b: 'k', v: 'v', big: 'large' });
    ck.take();
    ck.update({ a: '1', b: 'k' }, { v: 'w' });
    await replicate(writer, ck.take());
    const [lane] = await scene.sql('select position from sluice.lane');
    const position = String(lane?.position);
    const into = { table: { schema: 'stage', table: 'ck' }, upsert: true };
    const options = { fetchFromSource: fetchFrom(ck, `${position}0`) };
    await drainParked(session, stage, into, 10, options);
    expect(await rowsOf('stage')).toEqual(sourceRows(ck));
    expect((await readCatchUp(session.query, stage)).lanePassed).toBe(false);
    await scene.sql(`update sluice.table_state set stage_position = N'${position}'`);
    expect((await readCatchUp(session.query, stage)).lanePassed).toBe(true);
  });

  it('bring a live table to where the source is, exactly', async () => {
    await fc.assert(
      fc.asyncProperty(
        operations,
        operations,
        fc.integer({ min: 1, max: 8 }),
        async (before, after, maxRows) => {
          await scene.sql('delete from dbo.ck');
          const sources = newSources();
          const { ck } = sources;
          await scene.flags('ck', { applies: true, parks: false });
          for (const operation of before) operation(sources);
          await replicate(writer, ck.take());
          await scene.flags('ck', { applies: false, parks: true });
          for (const operation of after) operation(sources);
          await replicate(writer, ck.take());
          expect((await drainAll('dbo', maxRows, ck)).missing).toBe(0);
          expect(await rowsOf('dbo')).toEqual(sourceRows(ck));
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it('stay where they are when a newer epoch has begun', async () => {
    await scene.flags('ck', { applies: false, parks: true });
    const { ck } = newSources();
    ck.insert({ a: '1', b: 'k', v: 'v', big: 'b' });
    await replicate(writer, ck.take());
    const into = { table: { schema: 'stage', table: 'ck' }, upsert: true };
    await expect(drainParked(session, { ...stage, fence: '7' }, into, 10)).rejects.toMatchObject({
      code: 'STALE_EPOCH',
    });
    expect(await scene.sql('select seq from sluice.parked')).toHaveLength(1);
  });

  it('are moved inside the transaction of a cut-over', async () => {
    await scene.flags('ck', { applies: false, parks: true });
    const { ck } = newSources();
    ck.insert({ a: '1', b: 'k', v: 'v', big: 'b' });
    await replicate(writer, ck.take());
    const into = { table: { schema: 'stage', table: 'ck' }, upsert: true };
    const undone = new Error('undone');
    await expect(
      session.transaction(async () => {
        const outcome = await drainRest(session, stage, into, 10);
        expect(outcome).toMatchObject({ drained: 1, remaining: 0, missing: 0 });
        throw undone;
      }),
    ).rejects.toBe(undone);
    expect(await scene.sql('select seq from sluice.parked')).toHaveLength(1);
    expect(await rowsOf('stage')).toEqual([]);
  });
});

/** Values as the source has them now. */
function fetchFrom(source: SimTable, seen: string | null = null): FetchFromSource {
  const answer = ({ cells }: Image): Answer => {
    const text = (i: number) => cells[i]?.toString() ?? '';
    const found = source.all().find(({ a, b }) => a === text(0) && b === text(1));
    if (found === undefined) return 'none';
    const row = source.columns.map(({ name }): Cell => {
      const value = found[name] ?? null;
      return typeof value === 'string' ? Buffer.from(value) : value;
    });
    return { cells: row, formats: null };
  };
  return (_, rows) => Promise.resolve({ answers: rows.map(answer), seen });
}

const PART = ['1', 'k', 'w'].map((text): Cell => Buffer.from(text)).concat(UNCHANGED);

function answering(answer: Answer): FetchFromSource {
  return (_, rows) => Promise.resolve({ answers: rows.map(() => answer), seen: null });
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `N'${value.replaceAll("'", "''")}'` : 'null';
}
