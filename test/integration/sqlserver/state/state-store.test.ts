import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableRow } from '../../../../src/state/store.js';
import type { TargetScene } from '../target-scene.js';
import { openTarget } from '../target-scene.js';

describe('the state store on SQL Server', () => {
  let scene: TargetScene;
  beforeAll(async () => {
    scene = await openTarget('state');
  });
  afterAll(async () => scene.close());

  const spec = (slug: string, target = slug) => ({
    slug,
    source: { schema: 'dbo', table: slug },
    targetTable: { schema: 'dbo', table: target },
    mode: 'auto',
    load: 'auto',
    enabled: true,
    laneId: null,
  });
  const add = async (slug: string, lane = false): Promise<TableRow> => {
    const { tables, lanes } = scene.state;
    const laneId = lane ? (await lanes.ensure('p', 't', 0)).laneId : null;
    await tables.upsert('p', 't', [{ ...spec(slug), laneId }], '1');
    const row = await tables.find('p', 't', slug);
    if (row === null) throw new Error('The table was not stored.');
    return row;
  };

  it('stores revisions only on top of the expected one', async () => {
    const { pipelines } = scene.state;
    const first = {
      pipeline: 'p',
      target: 't',
      revision: '1',
      configHash: 'a',
      body: { tables: ['*'] },
      sourceIdentity: 's',
      createdBy: 'worker',
    };
    expect(await pipelines.current('p', 't')).toBeNull();
    expect(await pipelines.save(first, null)).toBe(true);
    expect(await pipelines.save(first, null)).toBe(false);
    expect(await pipelines.save({ ...first, revision: '2' }, '1')).toBe(true);
    expect(await pipelines.save({ ...first, revision: '2' }, '1')).toBe(false);
    expect(await pipelines.current('p', 't')).toEqual({ ...first, revision: '2' });
  });

  it('raises the fence of a lane when its position is set, and finds it again', async () => {
    const { lanes } = scene.state;
    const lane = await lanes.ensure('p', 'fence', 0);
    expect(await lanes.ensure('p', 'fence', 0)).toEqual(lane);
    await lanes.setPosition(lane.laneId, '00000000/00000002', 'lineage');
    await lanes.setState(lane.laneId, 'streaming', null);
    const after = await lanes.get(lane.laneId);
    expect(after).toMatchObject({ fence: '1', position: '00000000/00000002', lineage: 'lineage' });
    expect(after?.state).toBe('streaming');
    expect((await lanes.list('p')).length).toBeGreaterThan(0);
    expect(await lanes.get('999999')).toBeNull();
  });

  it('keeps phase, epoch and flags when the configuration is stored again', async () => {
    const { tables } = scene.state;
    const row = await add('kept');
    await tables.beginEpoch(row.tableId, { fingerprint: 'f', rowsEstimated: 7.6, requestId: 'r' });
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
      targetTable: { schema: 'dbo', table: 'kept' },
    });
  });

  it('refuses a target table that another pipeline owns', async () => {
    await add('owned');
    await expect(
      scene.state.tables.upsert('other', 't', [spec('owned')], '1'),
    ).rejects.toMatchObject({ code: 'TARGET_OWNED' });
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
    // A person who asks for it in SQL is refused likewise, and reads why in the row.
    await scene.sql(`update sluice.table_state set wanted = N'run' where table_id = ${tableId}`);
    const [seen] = await tables.needingAttention('p');
    expect(seen).toMatchObject({
      tableId,
      wanted: 'detach',
      wantedReason: 'asked for in SQL, but its target table belongs to pipeline other',
    });
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
      values (${row.tableId}, N'1', 3);
      insert into sluice.parked (table_id, seq, shape_id, position, op)
      select ${row.tableId}, s.n, 1, N'1', N'd' from (values (1), (2), (3), (4)) as s (n)`);
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
    await park(`select ${row.tableId}, s.n, 1, N'1', N'd' from (values (1), (2)) as s (n)`);
    expect(await tables.beginEpoch(row.tableId, facts)).toEqual(begun);
    expect(await seqs()).toEqual([]);
    // The same once the lane parks anew, from position 5 on: that stays.
    await scene.sql(`
      delete from sluice.table_feed where table_id = ${row.tableId};
      insert into sluice.table_feed (table_id, parks_from) values (${row.tableId}, N'5');
      update sluice.lane set parked_seq = 9 where lane_id = ${laneId}`);
    await park(`select ${row.tableId}, s.n, 1, N'4', N'd' from (values (2), (3)) as s (n)`);
    await park(`select ${row.tableId}, s.n, 1, N'5', N'd' from (values (4), (8)) as s (n)`);
    expect(await tables.beginEpoch(row.tableId, facts)).toEqual(begun);
    expect(await seqs()).toEqual([{ seq: '4' }, { seq: '8' }]);
    await tables.remove(row.tableId);
  });

  it('changes flags only under the lock of the lane, and raises its membership once', async () => {
    const { tables, lanes } = scene.state;
    const row = await add('flags', true);
    const laneId = row.laneId ?? '';
    const lane = await scene.connect();
    await lane.transaction(async (query) => {
      await query(`select fence from sluice.lane with (updlock) where lane_id = ${laneId}`);
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
      `update sluice.table_state set wanted = N'pause' where table_id = ${row.tableId}`,
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

  it('hands each chunk to one lane, and to another only when it is stale', async () => {
    const { chunks, tables } = scene.state;
    const row = await add('chunks');
    await tables.beginEpoch(row.tableId, { fingerprint: 'f', rowsEstimated: 1, requestId: 'r' });
    const ranges = [1, 2, 3].map((n) => ({ relation: 'r', from: String(n), to: null }));
    await chunks.plan(row.tableId, '1', ranges);
    await chunks.plan(row.tableId, '1', [{ relation: 'other', from: null, to: null }]);
    const claims = await Promise.all(
      [0, 1, 2, 3].map(async (lane) => chunks.claim(row.tableId, '1', lane, 60_000)),
    );
    const numbers = claims.flatMap((chunk) => (chunk === null ? [] : [chunk.n]));
    expect(numbers.sort()).toEqual([1, 2, 3]);
    expect(await chunks.claim(row.tableId, '1', 9, 60_000)).toBeNull();
    expect(await chunks.claim(row.tableId, '1', 9, 0)).toMatchObject({ fence: '2' });
    expect(await chunks.progress(row.tableId, '1')).toEqual({
      total: 3,
      done: 0,
      rows: 0,
      bytes: 0,
    });
  });

  it('counts a repeated error once, and resolves it', async () => {
    const { journal } = scene.state;
    const entry = { pipeline: 'p', target: 't', code: 'DISK_FULL', message: 'm' };
    await journal.error(entry);
    await journal.error({ ...entry, message: 'later' });
    const open = `select message, occurrences from sluice.error where resolved_at is null`;
    expect(await scene.sql(open)).toEqual([{ message: 'later', occurrences: '2' }]);
    await journal.resolveErrors('p', 't', null);
    expect(await scene.sql(open)).toHaveLength(0);
    await journal.error(entry);
    expect(await scene.sql(open)).toHaveLength(1);
  });

  it('takes commands and reset requests once, in order, and answers in the same row', async () => {
    const { journal, pipelines } = scene.state;
    for (const pipeline of ['p', "somebody else's"]) {
      const facts = { target: 't', configHash: 'h', sourceIdentity: 's', createdBy: 'test' };
      await pipelines.save({ ...facts, pipeline, revision: '1', body: {} }, null);
    }
    await scene.sql(`
      insert into sluice.command (command, pipeline, table_name) values (N'pause', N'p', N'a');
      insert into sluice.command (command, pipeline, table_name) values ('resume', 'p', 'a');
      insert into sluice.command (command, pipeline) values ('pause', 'somebody else''s');
      insert into sluice.reset_request (table_name) values ('b')`);
    const taken = await journal.takeCommands('p');
    expect(taken.map((row) => `${row.command} ${row.tableName}`)).toEqual([
      'pause a',
      'resume a',
      'resync b',
    ]);
    expect(await journal.takeCommands('p')).toHaveLength(0);
    for (const row of taken) await journal.answerCommand(row.commandId, `did ${row.command}`);
    const answers = await scene.sql(
      `select answer from sluice.command where answered_at is not null
        union all select answer from sluice.reset_request where answered_at is not null`,
    );
    expect(answers.map((row) => row.answer)).toEqual(['did pause', 'did resume', 'did resync']);
  });

  it('keeps a line of history per run, and the keys that a verification found', async () => {
    const { journal, verification, tables, history } = scene.state;
    const row = await add('verified');
    const startedAt = new Date('2026-01-02T03:04:05.678Z');
    const of = { pipeline: 'p', target: 't', tableId: row.tableId };
    const run = await journal.startRun({
      ...of,
      startedAt,
      kind: 'fullSync',
      epoch: '1',
      reason: 'new',
    });
    await journal.finishRun(run, { state: 'done', rows: 3, bytes: 30 });
    const id = await verification.start({ ...of, scope: 'full' });
    await verification.finish(id, {
      sourceRows: 3,
      targetRows: 2,
      differences: [{ key: '1', difference: 'missing' }],
      repaired: 0,
      result: 'failed',
      message: 'one row is missing',
    });
    expect((await tables.get(row.tableId))?.verifiedResult).toBe('failed');
    const keys = await scene.sql('select row_key, n from sluice.verification_row');
    expect(keys).toEqual([{ row_key: '1', n: 1 }]);
    const runs = await scene.sql(`select state, rows from sluice.run`);
    expect(runs).toEqual([{ state: 'done', rows: '3' }]);
    expect(await history.fullSyncs('p', 10)).toMatchObject([
      { tableId: row.tableId, epoch: '1', rows: 3, startedAt },
    ]);
    const found = { tableId: row.tableId, result: 'failed', sourceRows: 3, differences: 1 };
    const ended = { pipeline: 'p', limit: 10 };
    expect(await history.verifications({ ...ended, after: '0' })).toMatchObject([found]);
    expect(await history.verifications({ ...ended, after: id })).toEqual([]);
    expect((await history.changeCounts('p')).get(row.tableId) ?? 0).toBe(0);
  });

  it('prunes by count and age, and never what is open', async () => {
    const { journal } = scene.state;
    await scene.sql(`
      delete from sluice.event;
      insert into sluice.event (pipeline, kind, message)
      select top (50) N'p', N'k', N'old'
        from (values (1), (2), (3), (4), (5), (6), (7), (8)) as a (n)
       cross join (values (1), (2), (3), (4), (5), (6), (7), (8)) as b (n);
      insert into sluice.run (kind, pipeline, target, state, started_at)
      values (N'fullSync', N'p', N't', N'running', dateadd(year, -1, sysutcdatetime()))`);
    await journal.event({ pipeline: 'p', level: 'info', kind: 'k', message: 'newest' });
    expect(await journal.prune(30, 10)).toBeGreaterThanOrEqual(41);
    const left = await scene.sql('select message from sluice.event order by event_id');
    expect(left).toHaveLength(10);
    expect(left.at(-1)?.message).toBe('newest');
    const running = await scene.sql(`select run_id from sluice.run where state = N'running'`);
    expect(running).toHaveLength(1);
  });

  it('remembers the objects that it made', async () => {
    const { owned } = scene.state;
    const object = {
      side: 'source',
      kind: 'slot',
      object: 'sluice_p',
      pipeline: 'p',
      target: 't',
    } as const;
    await owned.add(object);
    await owned.add({ ...object, definition: 'again' });
    expect(await owned.list('p', 't')).toEqual([
      { side: 'source', kind: 'slot', object: 'sluice_p', definition: 'again' },
    ]);
    await owned.remove('source', 'slot', 'sluice_p');
    expect(await owned.list('p', 't')).toHaveLength(0);
  });
});
