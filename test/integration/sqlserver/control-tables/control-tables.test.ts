/** Control tables: how they come to be, what a report leaves, what is pruned. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toSluiceError } from '../../../../src/core/errors.js';
import { openState } from '../../../../src/engines/sqlserver/state/open-state.js';
import { openSessionPool } from '../../../../src/engines/sqlserver/session-pool.js';
import { connectMs } from '../../../../src/engines/sqlserver/connect.js';
import { connectionTo } from '../target-scene.js';
import type { ControlScene } from './control-scene.js';
import { openControlScene } from './control-scene.js';
import { error, log, minutesAgo, NOW, report, status, verification } from './reports.js';

const DAY = 24 * 60;

let scene: ControlScene;

beforeAll(async () => {
  scene = await openControlScene('control tables');
});
afterAll(async () => scene.close());

describe('making them', () => {
  it('says the script where the login may not', async () => {
    const nobody = await scene.person();
    const preparing = scene.open(nobody).prepare();
    await expect(preparing).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    const { remedy } = toSluiceError(await preparing.catch((thrown: unknown) => thrown));
    expect(remedy).toContain('sluice state init --print');
  });

  it('works from several workers at once, beside the state of a destination', async () => {
    const connection = connectionTo(scene.server, scene.database.name);
    const pool = openSessionPool(async () => connectMs(connection, 'state'), 1);
    const state = openState(pool, 'the target');
    const workers = [1, 2, 3].map(() => scene.open());
    await Promise.all([state.migrate(), ...workers.map((one) => one.prepare())]);
    await pool.close();
    expect(await scene.tables.read()).toEqual({ servers: [], mappings: [] });
    expect(await scene.database.sql('SELECT COUNT(*) AS n FROM sluice.table_state')).toEqual([
      { n: 0 },
    ]);
  });

  it.each(['state first', 'control tables first'])(
    'may share a schema with a destination: %s',
    async (order) => {
      const other = await openControlScene(`shared ${order}`);
      const pool = openSessionPool(
        async () => connectMs(connectionTo(other.server, other.database.name), 'state'),
        1,
      );
      try {
        const steps = [
          async () => openState(pool, 'the target').migrate(),
          async () => other.tables.prepare(),
        ];
        for (const step of order === 'state first' ? steps : steps.reverse()) await step();
        // The view is that of the control tables, whoever came first.
        const summary = await other.database.sql('SELECT mapping_id FROM sluice.v_sync_summary');
        expect(summary).toEqual([]);
      } finally {
        await pool.close();
        await other.close();
      }
    },
  );

  it('needs no right to create where all are there', async () => {
    const reader = await scene.person('GRANT SELECT ON SCHEMA::sluice TO');
    const tables = scene.open(reader);
    await tables.prepare();
    expect(await tables.read()).toEqual({ servers: [], mappings: [] });
  });

  it('has a script that may run again', async () => {
    await scene.database.session(async (sql) => {
      for (const batch of scene.tables.script().split('\nGO\n')) {
        if (batch.trim() !== '') await sql(batch);
      }
    });
    expect(await scene.tables.read()).toEqual({ servers: [], mappings: [] });
  });
});

describe('a report', () => {
  const all = async (table: string, order: string) =>
    scene.database.sql(`SELECT * FROM sluice.${table} WHERE pipeline = N'p' ORDER BY ${order}`);

  it('that is repeated changes nothing, and a later one writes its rows again', async () => {
    const first = report({
      statuses: [status({})],
      logs: [log(7), log(9, { level: 'WARNING', mappingId: null, message: "It's ą ⚠" })],
      errors: [error({ key: 'row '.padEnd(900, 'x') }), error({ key: 'row '.padEnd(901, 'x') })],
      verifications: [verification({ verificationId: '5000000000' })],
    });
    await scene.tables.report('p', first);
    await scene.tables.report('p', first);
    expect(await scene.tables.reportedUpTo('p')).toEqual({
      eventId: '9',
      verificationId: '5000000000',
    });
    await scene.tables.report(
      'p',
      report({
        statuses: [status({ status: 'COMPLETED', recordsProcessed: 5, completedAt: NOW })],
        logs: [log(8)],
        errors: [error({ key: 'row '.padEnd(900, 'x'), retryCount: 2, resolvedAt: NOW })],
      }),
    );
    expect(await all('sync_status', 'sync_id')).toMatchObject([
      { status: 'COMPLETED', records_processed: '5', completed_at: NOW },
    ]);
    expect(await all('sync_logs', 'event_id')).toMatchObject([
      { event_id: '7', log_level: 'INFO', created_at: NOW },
      { event_id: '8' },
      { event_id: '9', log_level: 'WARNING', mapping_id: null, message: "It's ą ⚠" },
    ]);
    expect(await all('error_logs', 'error_id')).toMatchObject([
      { retry_count: 2, resolved_at: NOW },
      { retry_count: 0, resolved_at: null },
    ]);
    expect(await scene.tables.reportedUpTo('p')).toMatchObject({ eventId: '9' });
  });

  it('knows nothing of another pipeline', async () => {
    await scene.tables.report('other', report({ logs: [log(3)] }));
    expect(await scene.tables.reportedUpTo('other')).toEqual({ eventId: '3', verificationId: '0' });
    expect(await scene.tables.reportedUpTo('third')).toEqual({ eventId: '0', verificationId: '0' });
  });

  it('of thousands of rows from two workers at once leaves each row once', async () => {
    const many = report({ logs: Array.from({ length: 3_000 }, (_, n) => log(n + 1)) });
    await Promise.all([scene.tables, scene.open()].map((one) => one.report('many', many)));
    expect(
      await scene.database.sql(
        "SELECT COUNT(*) AS n, COUNT(DISTINCT event_id) AS ids FROM sluice.sync_logs WHERE pipeline = N'many'",
      ),
    ).toEqual([{ n: 3_000, ids: 3_000 }]);
  });
});

describe('pruning', () => {
  it('drops what is old or too much, and keeps what is open', async () => {
    const old = minutesAgo(40 * DAY);
    const before = scene.open();
    await before.report(
      'pruned',
      report({
        statuses: [
          status({ key: '1', status: 'COMPLETED', startedAt: old, completedAt: old }),
          status({ key: '2', startedAt: old }),
          status({ key: 'stream', syncType: 'CDC', startedAt: old }),
        ],
        errors: [
          error({ key: 'closed', at: old, resolvedAt: old }),
          error({ key: 'open', at: old }),
        ],
      }),
    );
    const keep = { days: 30, rows: 2 };
    await scene
      .open(undefined, keep)
      .report(
        'pruned',
        report({ logs: [log(1), log(2), log(3)], verifications: [verification({ at: old })] }),
      );
    const rows = async (table: string, column: string) =>
      scene.database.sql(`SELECT ${column} AS it FROM sluice.${table}
        WHERE pipeline = N'pruned' ORDER BY ${column}`);
    expect(await rows('sync_status', 'sync_key')).toEqual([{ it: '2' }, { it: 'stream' }]);
    expect(await rows('error_logs', 'error_key')).toEqual([{ it: 'open' }]);
    expect(await rows('sync_logs', 'event_id')).toEqual([{ it: '2' }, { it: '3' }]);
    expect(await rows('verification_logs', 'verification_id')).toEqual([]);
    expect(await scene.tables.reportedUpTo('pruned')).toEqual({
      eventId: '3',
      verificationId: '1',
    });
  });
});
