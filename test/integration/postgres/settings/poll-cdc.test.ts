import { afterEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../../support/wait-for.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

/** Between 100 ms and the default of 2 s. */
const BETWEEN_MS = 1_000;

describe('poll.cdc', () => {
  let shop: Shop | null = null;
  let lane: { stop(): Promise<void> } | null = null;

  afterEach(async () => {
    await lane?.stop().catch(() => undefined);
    await shop?.close();
  });

  it('sets how often the checkpoint of an idle stream moves, and the shortest of a lane counts', async () => {
    const restsOf = async (
      settings: Record<string, object>,
      isEnough: (rests: readonly number[]) => boolean,
    ): Promise<readonly number[]> => {
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
      const rests = await idleRests(opened, isEnough);
      await lane.stop();
      await opened.close();
      [lane, shop] = [null, null];
      return rests;
    };
    const byDefault = await restsOf({}, (rests) => rests.length >= 3);
    // Of all: a move that is slow to be committed makes one rest longer and the next one shorter.
    const sum = byDefault.reduce((one, other) => one + other, 0);
    expect(sum / byDefault.length).toBeGreaterThan(BETWEEN_MS);
    const isShort = (rest: number): boolean => rest < BETWEEN_MS;
    await restsOf({ 'public.b': { poll: { cdc: '100ms' } } }, (rests) => rests.some(isShort));
  });
});

/** Until these are enough times between two moves of the checkpoint, while the source's log grows. */
async function idleRests(
  shop: Shop,
  isEnough: (rests: readonly number[]) => boolean,
): Promise<readonly number[]> {
  const moves = new Map<string, number>();
  let rests: readonly number[] = [];
  await waitFor('the checkpoint has moved like that', async () => {
    await shop.source.query(`select pg_logical_emit_message(false, 'other', 'work')`);
    const [row] = await shop.target.query<{ at: Date; position: string | null }>(
      `select updated_at as at, position from sluice.lane`,
    );
    if (row?.position != null && !moves.has(row.position)) {
      moves.set(row.position, row.at.getTime());
    }
    // Where it began, and its first move at once, say nothing of how long it rests.
    const times = [...moves.values()].slice(1);
    rests = times.slice(1).map((at, n) => at - (times[n] ?? at));
    return isEnough(rests);
  });
  return rests;
}
