/** What the state store of every engine owes to lanes, tables and chunks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import type { StateScene } from './state-scene.js';
import { addTable, stateSpec } from './state-scene.js';

export function stateTableCases(engine: string, open: () => Promise<StateScene>): void {
  describe(`lanes, tables and chunks in the state store on ${engine}`, () => {
    let scene: StateScene;
    beforeAll(async () => {
      scene = await open();
    });
    afterAll(async () => scene.close());

    const spec = stateSpec;
    const add = async (slug: string, lane = false) => addTable(scene.state, slug, lane);

    it('raises the fence of a lane when its position is set, and finds it again', async () => {
      const { lanes } = scene.state;
      const lane = await lanes.ensure('p', 'fence', 0);
      expect(await lanes.ensure('p', 'fence', 0)).toEqual(lane);
      await lanes.setPosition(lane.laneId, '00000000/00000002', 'lineage');
      await lanes.setState(lane.laneId, 'streaming', null);
      const after = await lanes.get(lane.laneId);
      expect(after).toMatchObject({
        fence: '1',
        position: '00000000/00000002',
        lineage: 'lineage',
      });
      expect(after?.state).toBe('streaming');
      expect((await lanes.list('p')).length).toBeGreaterThan(0);
      expect(await lanes.get('999999')).toBeNull();
    });

    it('keeps phase, epoch and flags when the configuration is stored again', async () => {
      const { tables } = scene.state;
      const row = await add('kept');
      await tables.beginEpoch(row.tableId, {
        fingerprint: 'f',
        rowsEstimated: 7.6,
        requestId: 'r',
      });
      await tables.setFlags(row.tableId, { applies: true, parks: true }, 1_000);
      await tables.upsert('p', 't', [{ ...spec('kept', 'other'), load: 'swap' }], '5');
      expect(await tables.get(row.tableId)).toMatchObject({
        phase: 'fullSync',
        epoch: '1',
        applies: true,
        parks: true,
        load: 'swap',
        revision: '5',
        rowsEstimated: 8,
        targetTable: { schema: 'app', table: 'kept' },
      });
    });

    it('refuses a target table that another pipeline owns', async () => {
      await add('owned');
      await expect(
        scene.state.tables.upsert('other', 't', [spec('owned')], '1'),
      ).rejects.toMatchObject({ code: 'TARGET_OWNED' });
      const { tables } = scene.state;
      const place = { pipeline: 'p', table: { schema: 'app', table: 'owned' } };
      expect(await tables.placesOfOthers('other', 't')).toContainEqual(place);
      expect(await tables.placesOfOthers('p', 'another target')).toContainEqual(place);
      expect(await tables.placesOfOthers('p', 't')).not.toContainEqual(place);
    });

    it('gives a target table to another pipeline once it is detached, and not back again', async () => {
      const { tables } = scene.state;
      const { tableId } = await add('passed on');
      await tables.setWanted(tableId, 'detach', 'me', 'a test');
      await tables.upsert('other', 't', [spec('passed on')], '1');
      await expect(tables.setWanted(tableId, 'run', 'me', 'a test')).rejects.toMatchObject({
        code: 'TARGET_OWNED',
      });
      expect(await tables.get(tableId)).toMatchObject({ wanted: 'detach' });
      // The trouble of one is none of the others.
      await tables.upsert('p', 't', [spec('beside')], '1');
      const beside = await tables.find('p', 't', 'beside');
      await tables.setWanted(beside?.tableId ?? '', 'pause', 'me', 'a test');
      for (const id of [tableId, beside?.tableId ?? '']) await tables.remove(id);
    });

    it('begins one epoch for one request, and drops what was parked', async () => {
      const { tables } = scene.state;
      const row = await add('epoch', true);
      await tables.setFlags(row.tableId, { applies: false, parks: true }, 1_000);
      await scene.sql(`
        update sluice.lane set parked_seq = 3 where lane_id = ${row.laneId ?? '0'};
        insert into sluice.table_feed (table_id, parks_from, parked_rows)
        values (${row.tableId}, '1', 3);
        insert into sluice.parked (table_id, seq, shape_id, position, op)
        select ${row.tableId}, s.n, 1, '1', 'd' from (values (1), (2), (3), (4)) as s (n)`);
      const facts = { fingerprint: 'f', rowsEstimated: 1, requestId: 'once' };
      const before = await scene.state.lanes.get(row.laneId ?? '');
      const begun = await tables.beginEpoch(row.tableId, facts);
      expect(await tables.beginEpoch(row.tableId, facts)).toEqual(begun);
      expect(begun).toEqual({ epoch: '1', fence: '1' });
      const parked = await scene.sql('select seq from sluice.parked');
      expect(parked).toEqual([{ seq: '4' }]);
      expect(await tables.get(row.tableId)).toMatchObject({ parksFrom: null, parkedRows: 0 });
      const after = await scene.state.lanes.get(row.laneId ?? '');
      expect(Number(after?.membership)).toBe(Number(before?.membership) + 1);
      await tables.remove(row.tableId);
      expect(await scene.sql('select seq from sluice.parked')).toHaveLength(0);
    });

    it('goes on deleting what was parked for the former epoch when the attempt before died at that', async () => {
      const { tables } = scene.state;
      const row = await add('epoch-left', true);
      const laneId = row.laneId ?? '0';
      const facts = { fingerprint: 'f', rowsEstimated: 1, requestId: 'left' };
      const park = async (sql: string) =>
        scene.sql(`insert into sluice.parked (table_id, seq, shape_id, position, op) ${sql}`);
      const seqs = async () =>
        scene.sql(`select seq from sluice.parked where table_id = ${row.tableId} order by seq`);
      const begun = await tables.beginEpoch(row.tableId, facts);
      // What it had not come to yet; the lane has not begun to park anew.
      await scene.sql(`update sluice.lane set parked_seq = 3 where lane_id = ${laneId}`);
      await park(`select ${row.tableId}, s.n, 1, '1', 'd' from (values (1), (2)) as s (n)`);
      expect(await tables.beginEpoch(row.tableId, facts)).toEqual(begun);
      expect(await seqs()).toEqual([]);
      // The same once the lane parks anew, from position 5 on: that stays.
      await scene.sql(`
        delete from sluice.table_feed where table_id = ${row.tableId};
        insert into sluice.table_feed (table_id, parks_from) values (${row.tableId}, '5');
        update sluice.lane set parked_seq = 9 where lane_id = ${laneId}`);
      await park(`select ${row.tableId}, s.n, 1, '4', 'd' from (values (2), (3)) as s (n)`);
      await park(`select ${row.tableId}, s.n, 1, '5', 'd' from (values (4), (8)) as s (n)`);
      expect(await tables.beginEpoch(row.tableId, facts)).toEqual(begun);
      expect(await seqs()).toEqual([{ seq: '4' }, { seq: '8' }]);
      await tables.remove(row.tableId);
    });

    it('begins an epoch without waiting for a chunk of the former one, and deletes its ledger', async () => {
      const { chunks, tables } = scene.state;
      const { tableId } = await add('epoch-ledger');
      const facts = { fingerprint: 'f', rowsEstimated: 1, requestId: 'first' };
      await tables.beginEpoch(tableId, facts);
      const ranges = [1, 2].map((n) => ({ relation: 'r', from: String(n), to: null }));
      await chunks.plan(tableId, '1', ranges);
      let begun: Promise<unknown> = Promise.resolve();
      // Such a chunk counts its rows in the table's row last: who waits for it must not hold that.
      await scene.whileLedgerIsLocked(tableId, async () => {
        begun = tables.beginEpoch(tableId, { ...facts, requestId: 'second' });
        begun.catch(() => undefined);
        const isSecond = async () => (await tables.get(tableId))?.epoch === '2';
        await waitFor('the second epoch has begun', isSecond);
      });
      expect(await begun).toEqual({ epoch: '2', fence: '2' });
      expect(await chunks.progress(tableId, '1')).toMatchObject({ total: 0 });
      // What is planned for the former one meanwhile goes when the request is repeated; its own stays.
      await chunks.plan(tableId, '1', ranges);
      await chunks.plan(tableId, '2', ranges);
      await tables.beginEpoch(tableId, { ...facts, requestId: 'second' });
      expect(await chunks.progress(tableId, '1')).toMatchObject({ total: 0 });
      expect(await chunks.progress(tableId, '2')).toMatchObject({ total: 2 });
    });

    it('changes flags only under the lock of the lane, and raises its membership once', async () => {
      const { tables, lanes } = scene.state;
      const row = await add('flags', true);
      const laneId = row.laneId ?? '';
      await scene.whileLaneIsLocked(laneId, async () => {
        await expect(
          tables.setFlags(row.tableId, { applies: true, parks: false }, 50),
        ).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
      });
      const before = Number((await lanes.get(laneId))?.membership);
      await tables.setFlags(row.tableId, { applies: true, parks: false }, 1_000);
      await tables.setFlags(row.tableId, { applies: true, parks: false }, 1_000);
      expect(Number((await lanes.get(laneId))?.membership)).toBe(before + 1);
      await expect(
        tables.setFlags('999999', { applies: true, parks: false }, 50),
      ).rejects.toMatchObject({ code: 'TABLE_UNKNOWN' });
    });

    it('pages through tables in slug order, and says which need attention', async () => {
      const { tables } = scene.state;
      const names = ['page-a', 'page-b', 'page-c'];
      const rows = await Promise.all(names.map(async (name) => add(name)));
      const page = await tables.page('p', 't', 'page-', 2);
      expect(page.map((row) => row.slug)).toEqual(['page-a', 'page-b']);
      const [a, b] = rows;
      await tables.raiseAttention([a?.tableId ?? '', b?.tableId ?? '']);
      const waiting = await tables.needingAttention('p');
      expect(waiting.map((row) => row.slug).sort()).toEqual(['page-a', 'page-b']);
      for (const row of waiting) await tables.attentionSeen(row.tableId, row.attention);
      expect(await tables.needingAttention('p')).toHaveLength(0);
      await tables.setWanted(a?.tableId ?? '', 'pause', 'a test', 'because');
      expect(await tables.needingAttention('p')).toMatchObject([{ wanted: 'pause' }]);
    });

    it('sees one UPDATE of what is wanted, by whoever made it', async () => {
      const { tables } = scene.state;
      const row = await add('asked');
      const seen = async () =>
        (await tables.needingAttention('p')).find(({ slug }) => slug === 'asked');
      expect(await seen()).toBeUndefined();
      await scene.sql(
        `update sluice.table_state set wanted = 'pause' where table_id = ${row.tableId}`,
      );
      const asked = await seen();
      expect(asked).toMatchObject({ wanted: 'pause', wantedReason: 'asked for in SQL' });
      await tables.attentionSeen(row.tableId, asked?.attention ?? '');
      expect(await seen()).toBeUndefined();
      await tables.upsert('p', 't', [{ ...spec('asked'), enabled: false }], '2');
      expect(await seen()).toMatchObject({ enabled: false });
    });

    it('remembers where a quarantined table stood, with an event for each new phase', async () => {
      const { tables } = scene.state;
      const row = await add('phase');
      await tables.setPhase(row.tableId, 'streaming', 'caught up');
      await tables.setPhase(row.tableId, 'quarantined', 'a row was refused');
      await tables.setPhase(row.tableId, 'quarantined', 'again');
      await tables.setFault(row.tableId, { code: 'ROW_REJECTED', message: 'refused' });
      expect(await tables.get(row.tableId)).toMatchObject({
        phase: 'quarantined',
        phaseBefore: 'streaming',
        faultCode: 'ROW_REJECTED',
      });
      await tables.setFault(row.tableId, null);
      expect((await tables.get(row.tableId))?.faultCode).toBeNull();
      const events = await scene.sql(
        `select event_id from sluice.event where table_id = ${row.tableId}`,
      );
      expect(events).toHaveLength(2);
    });

    it('hands each chunk to one hand, and to another only when there is no such hand any more', async () => {
      const { chunks, tables } = scene.state;
      const row = await add('chunks');
      await tables.beginEpoch(row.tableId, { fingerprint: 'f', rowsEstimated: 1, requestId: 'r' });
      const ranges = [1, 2, 3].map((n) => ({ relation: 'r', from: String(n), to: null }));
      await chunks.plan(row.tableId, '1', ranges);
      await chunks.plan(row.tableId, '1', [{ relation: 'other', from: null, to: null }]);
      const claims = await Promise.all(
        [4, 5, 6, 7].map(async (hand) => chunks.claim(row.tableId, '1', hand, 8)),
      );
      const numbers = claims.flatMap((chunk) => (chunk === null ? [] : [chunk.n]));
      expect(numbers.sort()).toEqual([1, 2, 3]);
      expect(await chunks.claim(row.tableId, '1', 0, 8)).toBeNull();
      expect(await chunks.claim(row.tableId, '1', 0, 4)).toMatchObject({ fence: '2' });
      expect(await chunks.progress(row.tableId, '1')).toEqual({
        total: 3,
        done: 0,
        rows: 0,
        bytes: 0,
      });
    });
  });
}
