/** What the state store of every engine owes to tables that are discovered, or forced by a flag. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableRow, TableSpec } from '../../../src/state/store.js';
import type { StateScene } from './state-scene.js';

const PIPELINE = 'p';
const OF = [PIPELINE, 't'] as const;

export function askedInSqlCases(engine: string, open: () => Promise<StateScene>): void {
  describe(`tables that wait for a word, on ${engine}`, () => {
    let scene: StateScene;
    beforeAll(async () => {
      scene = await open();
    });
    afterAll(async () => scene.close());

    const spec = (slug: string, more: Partial<TableSpec> = {}): TableSpec => ({
      slug,
      source: { schema: 'dbo', table: slug },
      targetTable: { schema: 'dbo', table: slug },
      mode: 'auto',
      load: 'auto',
      enabled: true,
      laneId: null,
      ...more,
    });
    const waiting = (slug: string): TableSpec =>
      spec(slug, { enabled: false, discovered: 'waiting' });
    const upsert = async (one: TableSpec): Promise<TableRow> => {
      await scene.state.tables.upsert(...OF, [one], '1');
      return row(one.slug);
    };
    const row = async (slug: string): Promise<TableRow> => {
      const found = await scene.state.tables.find(...OF, slug);
      if (found === null) throw new Error('The table was not stored.');
      return found;
    };

    it('a discovered table waits with its reason, and goes on waiting', async () => {
      const asleep = { discovered: true, enabled: false, wanted: 'pause', wantedBy: 'discovery' };
      expect(await upsert(waiting('found'))).toMatchObject(asleep);
      const again = await upsert(waiting('found'));
      expect(again).toMatchObject({ ...asleep, wantedReason: 'discovered on the source' });
    });

    it('asked for by a person, it runs with its lane, and that lasts', async () => {
      const { tableId } = await upsert(waiting('asked'));
      await scene.state.tables.setWanted(tableId, 'run', 'ann', 'we need it');
      const { laneId } = await scene.state.lanes.ensure(...OF, 1);
      const asked = spec('asked', { discovered: 'asked', laneId });
      const runs = { enabled: true, wanted: 'run', wantedBy: 'ann', laneId, discovered: true };
      expect(await upsert(asked)).toMatchObject(runs);
      expect(await upsert(asked)).toMatchObject(runs);
      await scene.state.tables.setWanted(tableId, 'pause', 'ann', 'lunch');
      expect(await upsert(asked)).toMatchObject({ wanted: 'pause', wantedReason: 'lunch' });
    });

    it('asked for by its column enabled, or by the configuration, it runs too', async () => {
      const { tableId } = await upsert(waiting('column'));
      expect(await upsert(spec('column', { discovered: 'asked' }))).toMatchObject({
        wanted: 'run',
        enabled: true,
      });
      await upsert(waiting('named'));
      const named = await upsert(spec('named'));
      expect(named).toMatchObject({ wanted: 'run', enabled: true, discovered: false });
      const noticed = await scene.state.tables.needingAttention(PIPELINE);
      expect(noticed.map((one) => one.tableId)).toEqual(
        expect.arrayContaining([tableId, named.tableId]),
      );
    });

    it('offered again after it was gone, it waits again', async () => {
      const { tableId } = await upsert(waiting('gone'));
      await scene.state.tables.setWanted(tableId, 'detach', 'configuration', 'not offered');
      expect(await upsert(waiting('gone'))).toMatchObject({ wanted: 'pause', enabled: false });
    });

    it('set aside, it goes on only while it has the very fault and epoch that were seen', async () => {
      const { tables } = scene.state;
      const { tableId } = await upsert(spec('aside'));
      const facts = { fingerprint: 'f', rowsEstimated: 1 };
      await tables.beginEpoch(tableId, { ...facts, requestId: 'first' });
      await tables.setPhase(tableId, 'quarantined', 'a lock');
      await tables.setFault(tableId, { code: 'LOCK_TIMEOUT', message: 'a lock' });
      const { epoch, attention } = await row('aside');
      const held = { faultCode: 'LOCK_TIMEOUT', epoch };
      await tables.setFault(tableId, { code: 'FEED_GAP', message: 'changes were lost' });
      expect(await tables.release(tableId, held, 'paused', 'the lock is gone')).toBe(false);
      expect(await row('aside')).toMatchObject({ phase: 'quarantined', faultCode: 'FEED_GAP' });
      await tables.setFault(tableId, { code: 'LOCK_TIMEOUT', message: 'a lock' });
      const former = { ...held, epoch: String(Number(epoch) - 1) };
      expect(await tables.release(tableId, former, 'paused', 'the lock is gone')).toBe(false);
      expect(await tables.release(tableId, held, 'paused', 'the lock is gone')).toBe(true);
      const gone = await row('aside');
      expect(gone).toMatchObject({ phase: 'paused', faultCode: null, faultMessage: null });
      expect(Number(gone.attention)).toBe(Number(attention) + 1);
      expect(await tables.release(tableId, held, 'paused', 'again')).toBe(false);
    });

    it('force_full_load asks once for a new copy, and clears itself when that is done', async () => {
      const { tables, journal } = scene.state;
      const { tableId } = await upsert(spec('it s "odd"', { slug: 'odd' }));
      const facts = { fingerprint: 'f', rowsEstimated: 1 };
      await tables.beginEpoch(tableId, { ...facts, requestId: 'first' });
      await tables.setPhase(tableId, 'streaming', 'copied');
      await scene.sql(`update sluice.table_state set force_full_load = '1' where slug = 'odd'`);
      const isForced = async (): Promise<unknown> =>
        scene.sql(
          `select case when force_full_load = '1' then 'yes' else 'no' end as forced
             from sluice.table_state where slug = 'odd'`,
        );
      const [taken] = await journal.takeCommands(PIPELINE, 60);
      expect(taken).toMatchObject({ command: 'resync', tableName: '"dbo"."it s ""odd"""' });
      await journal.answerCommand(taken?.commandId ?? '', 'sent to 1 table(s)');
      expect(await journal.takeCommands(PIPELINE, 60)).toEqual([]);
      await tables.beginEpoch(tableId, { ...facts, requestId: 'forced' });
      expect(await journal.takeCommands(PIPELINE, 60)).toEqual([]);
      expect(await isForced()).toMatchObject([{ forced: 'yes' }]);
      await tables.setPhase(tableId, 'streaming', 'copied');
      expect(await journal.takeCommands(PIPELINE, 60)).toEqual([]);
      expect(await isForced()).toMatchObject([{ forced: 'no' }]);
    });
  });
}
