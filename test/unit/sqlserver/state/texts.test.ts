import { describe, expect, it } from 'vitest';
import { openState } from '../../../../src/engines/sqlserver/state/open-state.js';
import { migrationScript } from '../../../../src/engines/sqlserver/state/migrations.js';
import { ANYTHING, recordingPool } from '../recording-session.js';

const TABLE = { tableId: '1' };
const NAMES = { pipeline: 'p', target: 't' };
const SPEC = {
  slug: 's',
  source: { schema: 'dbo', table: 's' },
  targetTable: { schema: 'dbo', table: 's' },
  mode: 'auto',
  load: 'auto',
  enabled: true,
  laneId: null,
};
const DIFFERENCES = [{ key: '1', difference: 'missing' as const }];

/** Call every method of the store once; its answers are one row of everything that is read. */
async function callAll(state: ReturnType<typeof openState>): Promise<void> {
  const { pipelines, lanes, tables, chunks, journal, verification, owned, resetMarks, history } =
    state;
  await pipelines.current('p', 't');
  const revision = { ...NAMES, revision: '1', configHash: 'h', body: {} };
  await pipelines.save({ ...revision, sourceIdentity: 's', createdBy: 'me' }, null);
  await lanes.ensure('p', 't', 0);
  await lanes.get('1');
  await lanes.list('p');
  await lanes.setPosition('1', '0', 'l');
  await lanes.setState('1', 'streaming', null);
  await lanes.setLineage('1', '1', 'l');
  await tables.upsert('p', 't', [SPEC, { ...SPEC, laneId: '1' }], '1');
  await tables.get('1');
  await tables.find('p', 't', 's');
  await tables.page('p', 't', '', 10);
  await tables.list('p');
  await tables.claim('1');
  await tables.setPhase('1', 'streaming', 'why');
  await tables.setFault('1', { code: 'C', message: 'm' });
  await tables.setWanted('1', 'pause', 'me', 'why');
  await tables.setFlags('1', { applies: true, parks: false }, 10);
  await tables.beginEpoch('1', { fingerprint: 'f', rowsEstimated: 1, requestId: 'r' });
  await tables.setFingerprint('1', 'f');
  await tables.setFeedMark('1', null);
  await tables.dropParked('1', 10);
  await tables.setCutoverStep('1', 'frozen');
  await tables.raiseAttention(['1', '2']);
  await tables.needingAttention('p');
  await tables.attentionSeen('1', '1');
  await tables.remove('1');
  await chunks.plan('1', '1', [{ relation: 'r', from: null, to: '1' }]);
  await chunks.claim('1', '1', 0, 10);
  await chunks.progress('1', '1');
  await chunks.readUpTo('1', '1', '0');
  await chunks.startedAt('1', '1');
  await journal.event({ pipeline: 'p', level: 'info', kind: 'k', message: 'm' });
  await journal.error({ ...NAMES, ...TABLE, code: 'C', message: 'm' });
  await journal.resolveErrors('p', 't', null);
  const run = await journal.startRun({ ...NAMES, kind: 'fullSync', reason: 'new' });
  await journal.finishRun(run, { state: 'done' });
  await journal.takeCommands('p', 60);
  await journal.answerCommand('c1', 'done');
  await journal.answerCommand('r1', 'done');
  await journal.prune(1, 1);
  const id = await verification.start({ ...NAMES, ...TABLE, scope: 'full' });
  const counts = { sourceRows: 1, targetRows: 1, repaired: 0, message: 'm' };
  await verification.finish(id, { ...counts, differences: DIFFERENCES, result: 'failed' });
  await owned.add({ ...NAMES, side: 'target', kind: 'table', object: 'o' });
  await owned.remove('target', 'table', 'o');
  await owned.list('p', 't');
  await resetMarks.begin('1');
  await resetMarks.add('1', '1', [['1']]);
  await resetMarks.page('1', '1', 10);
  await resetMarks.remove('1', '1', ['1']);
  await resetMarks.tables();
  await history.version();
  await history.errors({ pipeline: 'p', open: true, limit: 10 });
  await history.events({ pipeline: 'p', after: '0', limit: 10 });
  await history.lastCheckpoint('1');
  await history.differences('p', 10);
  await history.fullSyncs('p', 10);
  await history.verifications({ pipeline: 'p', after: '0', limit: 10 });
  await history.changeCounts('p');
  await history.forget('p', 't');
}

describe('the statements of the state in SQL Server', () => {
  it('use every parameter that they are given, and no other', async () => {
    // Nobody else has a place in the target.
    const pool = recordingPool((sql) => (sql.includes('as owner') ? [] : [ANYTHING]));
    await callAll(openState(pool, 'the target'));
    expect(pool.statements.length).toBeGreaterThan(60);
    for (const { sql, params } of pool.statements) {
      const used = new Set([...sql.matchAll(/(?<!@)@([a-z][a-z0-9]*)/gi)].map((match) => match[1]));
      if (sql.includes('sp_getapplock')) continue;
      expect(new Set(params.map(({ name }) => name)), sql).toEqual(used);
    }
  });

  it('make one script whose batches stop where one failed', async () => {
    const script = await migrationScript(0);
    const batches = script.split(/^GO$/mu).map((batch) => batch.trim());
    expect(batches[1]).toBe('create schema sluice');
    expect(batches.filter((batch) => batch.startsWith('if @@trancount = 0'))).toHaveLength(5);
    expect(batches.at(-3)).toBe('commit;');
    expect(await migrationScript(1)).not.toContain('create');
  });
});
