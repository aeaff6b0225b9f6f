import { afterEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../../support/wait-for.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

const MOVES = 3;

describe('poll.cdc', () => {
  let shop: Shop | null = null;
  let lane: { stop(): Promise<void> } | null = null;

  afterEach(async () => {
    await lane?.stop().catch(() => undefined);
    await shop?.close();
  });

  it('sets how often the checkpoint of an idle stream moves, and the shortest of a lane counts', async () => {
    const restOf = async (settings: Record<string, object>): Promise<number> => {
      const opened = await openShop(
        '18',
        'poll cdc',
        { mode: 'cdc' },
        {},
        {
          source: { createPublication: true, createSlot: true },
          pipeline: { tables: { include: ['public.*'], settings } },
        },
      );
      shop = opened;
      await opened.source.query('create table public.a (id int primary key)');
      await opened.source.query('create table public.b (id int primary key)');
      await opened.reconcile();
      lane = opened.startLane();
      const rests = await idleRests(opened);
      await lane.stop();
      await opened.close();
      [lane, shop] = [null, null];
      return rests;
    };
    const byDefault = await restOf({});
    const shortest = await restOf({ 'public.b': { poll: { cdc: '100ms' } } });
    expect(byDefault).toBeGreaterThanOrEqual(1_800);
    expect(shortest).toBeLessThan(1_000);
  });
});

/** The shortest time between two moves of the checkpoint, while the log of the source grows. */
async function idleRests(shop: Shop): Promise<number> {
  const moves = new Map<string, number>();
  await waitFor('the checkpoint moved often enough', async () => {
    await shop.source.query(`select pg_logical_emit_message(false, 'other', 'work')`);
    const [row] = await shop.target.query<{ at: Date; position: string | null }>(
      `select updated_at as at, position from sluice.lane`,
    );
    if (row?.position != null && !moves.has(row.position)) {
      moves.set(row.position, row.at.getTime());
    }
    return moves.size > MOVES;
  });
  // Where it began, and its first move at once, say nothing of how long it rests.
  const times = [...moves.values()].slice(1);
  return Math.min(...times.slice(1).map((at, n) => at - (times[n] ?? at)));
}
