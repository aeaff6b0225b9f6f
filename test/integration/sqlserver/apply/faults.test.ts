import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SimTable } from './sim-table.js';
import type { LaneScene } from './support.js';
import { nextPosition, openLane, replicate, texts } from './support.js';

const SIMPLE = 'create table dbo.t (id int not null primary key, v nvarchar(50) null)';

const real = process.env.SLUICE_TEST_SQLSERVER_URL !== undefined;

/** Only the stand-in fails when it is told to. */
describe.skipIf(real)('a lane writer on a SQL Server that fails', () => {
  let scene: LaneScene;
  let source: SimTable;
  beforeAll(async () => {
    scene = await openLane('faults');
  });
  beforeEach(async () => {
    await scene.fresh();
    await scene.createTables(SIMPLE, ['t']);
    source = new SimTable('t', [{ name: 'id', key: true }, { name: 'v' }]);
    source.insert({ id: '1', v: 'a' });
    source.insert({ id: '2', v: 'a' });
  });
  afterEach(async () => {
    await scene.sql('exec standin.clear_faults');
  });
  afterAll(async () => scene.close());

  const fail = async (fault: Readonly<Record<string, unknown>>) =>
    scene.sql(`exec standin.fault N'${JSON.stringify(fault)}'`);
  const rowsOf = async () => texts(await scene.sql('select id, v from dbo.t'));

  it('applies a transaction again, from what is staged, when it was the victim of a deadlock', async () => {
    const writer = await scene.claim();
    await fail({ kind: 'error', number: 1205, match: 'insert into \\[dbo\\]', times: 2 });
    const counts = await replicate(writer, source.take());
    expect(counts).toMatchObject({ inserts: 2, missing: 0 });
    expect(await rowsOf()).toEqual(['1|a', '2|a']);
    expect(await scene.sql('select inserts from sluice.run')).toEqual([{ inserts: '2' }]);
  });

  it('8.3: sets the table aside when a lock on it is not free, and has written nothing', async () => {
    const writer = await scene.claim();
    const changes = source.take();
    await fail({ kind: 'error', number: 1222, match: 'insert into \\[dbo\\]' });
    const tableId = await scene.tableId('t');
    await expect(replicate(writer, changes)).rejects.toMatchObject({
      fault: { tableId, code: 'LOCK_TIMEOUT' },
    });
    expect(await rowsOf()).toEqual([]);
    await scene.sql('exec standin.clear_faults');
    await replicate(writer, changes);
    expect(await rowsOf()).toEqual(['1|a', '2|a']);
  });

  it('8.3: finds by the checkpoint that a commit whose answer was lost took effect', async () => {
    const writer = await scene.claim();
    await writer.write(source.take(), await writer.readMembership());
    const to = nextPosition();
    await fail({ kind: 'loseCommit', match: 'update sluice\\.lane' });
    await expect(writer.commit(to, null, 1)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect((await scene.claim()).claim.position).toBe(to);
    expect(await rowsOf()).toEqual(['1|a', '2|a']);
  });

  it('leaves nothing when the connection breaks while changes are staged', async () => {
    const writer = await scene.claim();
    const changes = source.take();
    await fail({ kind: 'cutBulk', match: 'insert bulk', afterBytes: 10 });
    await expect(replicate(writer, changes)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    const newer = await scene.claim();
    expect(newer.claim.position).toBe('00');
    await replicate(newer, changes);
    expect(await rowsOf()).toEqual(['1|a', '2|a']);
  });
});
