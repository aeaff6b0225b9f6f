/** What the state store of every engine owes to revisions, history, commands and objects of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StateScene } from './state-scene.js';
import { addTable, stateSpec } from './state-scene.js';

export function stateJournalCases(engine: string, open: () => Promise<StateScene>): void {
  describe(`revisions, history and commands in the state store on ${engine}`, () => {
    let scene: StateScene;
    beforeAll(async () => {
      scene = await open();
    });
    afterAll(async () => scene.close());

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
        insert into sluice.command (command, pipeline, table_name) values ('pause', 'p', 'a');
        insert into sluice.command (command, pipeline, table_name) values ('resume', 'p', 'a');
        insert into sluice.command (command, pipeline) values ('pause', 'somebody else''s');
        insert into sluice.reset_request (table_name) values ('b')`);
      const taken = await journal.takeCommands('p', 60);
      expect(taken.map((row) => `${row.command} ${row.tableName}`)).toEqual([
        'pause a',
        'resume a',
        'resync b',
      ]);
      expect(await journal.takeCommands('p', 60)).toHaveLength(0);
      // Whoever took them may have died with them: the same ids, in the same order.
      expect(await journal.takeCommands('p', 0)).toEqual(taken);
      for (const row of taken) await journal.answerCommand(row.commandId, `did ${row.command}`);
      expect(await journal.takeCommands('p', 0)).toHaveLength(0);
      const answers = await scene.sql(
        `select answer from sluice.command where answered_at is not null
          union all select answer from sluice.reset_request where answered_at is not null`,
      );
      expect(answers.map((row) => row.answer)).toEqual(['did pause', 'did resume', 'did resync']);
    });

    it('keeps a line of history per run, and the keys that a verification found', async () => {
      const { journal, verification, tables, history } = scene.state;
      const row = await addTable(scene.state, 'verified');
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
        select 'p', 'k', 'old'
          from (values (1), (2), (3), (4), (5), (6), (7)) as a (n)
         cross join (values (1), (2), (3), (4), (5), (6), (7)) as b (n);
        insert into sluice.run (kind, pipeline, target, state, started_at)
        values ('fullSync', 'p', 't', 'running', '2020-01-01')`);
      await journal.event({ pipeline: 'p', level: 'info', kind: 'k', message: 'newest' });
      expect(await journal.prune(30, 10)).toBeGreaterThanOrEqual(40);
      const left = await scene.sql('select message from sluice.event order by event_id');
      expect(left).toHaveLength(10);
      expect(left.at(-1)?.message).toBe('newest');
      const running = await scene.sql(`select run_id from sluice.run where state = 'running'`);
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

    it.each([
      { heir: 'one from the same source', source: 'home', kinds: ['function', 'sequence', 'type'] },
      { heir: 'one from another source', source: 'abroad', kinds: ['type'] },
    ])('hands over what others may use as well to $heir', async ({ source, kinds }) => {
      const { history, owned, pipelines, tables } = scene.state;
      const names = { gone: `gone-${source}`, heir: `heir-${source}` };
      const facts = { target: 'x', configHash: 'h', body: {}, createdBy: 'test', revision: '1' };
      await pipelines.save({ ...facts, pipeline: names.gone, sourceIdentity: 'home' }, null);
      await pipelines.save({ ...facts, pipeline: names.heir, sourceIdentity: source }, null);
      await tables.upsert(names.gone, 'x', [stateSpec(`${source}-a`)], '1');
      await tables.upsert(names.heir, 'x', [stateSpec(`${source}-b`)], '1');
      for (const kind of ['function', 'schema', 'sequence', 'table', 'type']) {
        const object = `${kind} of ${source}`;
        await owned.add({ side: 'target', kind, object, pipeline: names.gone, target: 'x' });
      }
      await history.forget(names.gone, 'x');
      const handed = await owned.list(names.heir, 'x');
      expect(handed.map(({ kind }) => kind)).toEqual(kinds);
      expect(await owned.list(names.gone, 'x')).toEqual([]);
      await history.forget(names.heir, 'x');
      expect(await owned.list(names.heir, 'x')).toEqual([]);
    });
  });
}
