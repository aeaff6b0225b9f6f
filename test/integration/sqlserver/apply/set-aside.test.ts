import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LaneScene } from './support.js';
import { nextPosition, openLane } from './support.js';

describe('a table that is set aside', () => {
  let scene: LaneScene;
  beforeAll(async () => {
    scene = await openLane('set aside');
  });
  beforeEach(async () => {
    await scene.fresh();
    await scene.createTables('create table dbo.t (id int not null primary key)', ['t']);
  });
  afterAll(async () => scene.close());

  /** The place from which its changes are kept, after the lane has gone on by one commit. */
  async function keptFrom(before: { applies: boolean; parks: boolean }): Promise<unknown> {
    await scene.flags('t', before);
    const writer = await scene.claim();
    const tableId = await scene.tableId('t');
    const { members } = await writer.readMembership();
    await writer.startParking(members.filter(({ parks }) => parks).map((one) => one.tableId));
    await writer.commit(nextPosition(), null, 1);
    await writer.setAside({ tableId, code: 'ROW_REJECTED', message: 'No.' });
    const [feed] = await scene.sql('select parks_from from sluice.table_feed');
    const [lane] = await scene.sql('select position from sluice.lane');
    return feed?.parks_from === lane?.position ? 'where the lane is' : feed?.parks_from;
  }

  it('keeps its changes from where the lane is', async () => {
    expect(await keptFrom({ applies: true, parks: false })).toBe('where the lane is');
  });

  it('keeps them from where it kept them before, if it did', async () => {
    expect(await keptFrom({ applies: true, parks: true })).toBe('00');
  });
});
