import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LaneScene } from './support.js';
import { openLane } from './support.js';

const SIMPLE = 'create table dbo.t (id int not null primary key, v nvarchar(50) null)';

describe('a table whose changes were lost', () => {
  let scene: LaneScene;
  beforeAll(async () => {
    scene = await openLane('lost');
    await scene.fresh();
  });
  afterAll(async () => scene.close());

  it('gives up a copy whose changes were lost', async () => {
    await scene.createTables(SIMPLE, ['t']);
    const writer = await scene.claim();
    const tableId = await scene.tableId('t');
    await scene.sql(`update sluice.table_state set phase = 'fullSync', applies = 0, parks = 1`);
    const state = async () =>
      scene.sql('select phase, fault_code, applies, parks from sluice.table_state');
    // What refuses a row is mended by the copy; what it counts on and never got is not.
    await writer.setAside({ tableId, code: 'ROW_REJECTED', message: 'A row was refused.' });
    expect(await state()).toMatchObject([{ phase: 'fullSync', fault_code: null }]);
    expect((await writer.readMembership()).members).toMatchObject([{ lost: false }]);
    await writer.setAside({ tableId, code: 'FEED_GAP', message: 'Changes were lost.' });
    expect(await state()).toMatchObject([
      { phase: 'quarantined', fault_code: 'FEED_GAP', applies: false, parks: true },
    ]);
    expect((await writer.readMembership()).members).toMatchObject([{ lost: true }]);
  });
});
