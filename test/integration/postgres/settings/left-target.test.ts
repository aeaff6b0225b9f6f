import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { alertAbandoned } from '../../../../src/activities/watch/watch-abandoned.js';
import { guardSourceLog } from '../../../../src/activities/watch/watch-budgets.js';
import { runCli } from '../../../../src/cli/program.js';
import { dropLeft } from '../../../../src/cli/remove-left.js';
import { createLogger } from '../../../../src/observability/logger.js';
import { leftFindings, leftTargets } from '../../../../src/session/left-targets.js';
import type { LocalPostgres } from '../../../../src/local/postgres-server.js';
import { memoryIo } from '../../../unit/cli/memory-io.js';
import type { MoreKeys, Shop } from '../watermark/activity-fixture.js';
import { openShop } from '../watermark/activity-fixture.js';
import { ownServer } from '../../../support/postgres.js';

const MADE_BY_US = { createPublication: true, createSlot: true };
const SLOT = `select slot_name from pg_replication_slots where database = current_database()`;

describe('a target that left the configuration', () => {
  let shop: Shop | null = null;
  /** On the one that the run shares other tests write log, too. */
  let server: LocalPostgres;

  beforeAll(async () => {
    server = await ownServer('18');
  });
  afterAll(async () => server.remove());
  const logger = createLogger('silent');

  afterEach(async () => {
    // One that a failed test left would keep the database.
    await shop?.source.query(
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots
        where database = current_database() and not active`,
    );
    await shop?.close();
  });

  /** It followed as `copy`; the configuration calls its target `other` now. */
  async function renamed(label: string, pipeline: MoreKeys['pipeline'] = {}): Promise<Shop> {
    const opened = await openShop('18', label, {}, {}, { source: MADE_BY_US, pipeline, server });
    shop = opened;
    await opened.source.query('create table public.t (id int primary key)');
    await opened.reconcile();
    await renameTarget(opened.configPath, 'other');
    return opened;
  }

  it('is named with the log that the source keeps for it, as long as there is some', async () => {
    const opened = await renamed('left');
    const [found, ...others] = await opened.use(leftFindings);
    expect(found).toMatchObject({ severity: 'warning', subject: 'copy' });
    expect(found?.message).toMatch(/no target copy any more.* MB of log/);
    expect(found?.remedy).toContain(`sluice remove --pipeline ${opened.pipeline} --target copy`);
    expect(others).toEqual([]);
    await renameTarget(opened.configPath, 'copy');
    expect(await opened.use(leftFindings)).toEqual([]);
  });

  it('is alerted once by the watch, and its log is let go at the limit', async () => {
    const opened = await renamed('guarded', { maxRetainedLog: '64MB' });
    const said = async () =>
      opened.target.query<{ kind: string }>(
        `select kind from sluice.event where kind in ('feed.left-behind', 'log.released')
          order by event_id`,
      );
    const guard = async (): Promise<void> =>
      opened.use((session) => guardSourceLog(session, logger));
    await guard();
    await guard();
    expect(await said()).toEqual([{ kind: 'feed.left-behind' }]);
    expect(await opened.source.query(SLOT)).toHaveLength(1);
    await opened.source.query(
      `select pg_logical_emit_message(false, 'x', repeat('x', 1000000)) from generate_series(1, 80)`,
    );
    await guard();
    expect(await opened.source.query(SLOT)).toEqual([]);
    expect(await said()).toEqual([{ kind: 'feed.left-behind' }, { kind: 'log.released' }]);
  });

  it('is alerted once by any worker while its pipeline does not run', async () => {
    const opened = await renamed('idle');
    const client = { pipelineState: () => Promise.resolve({ running: false }) };
    const deps = { session: { configPath: opened.configPath }, client, logger };
    const told = new Set<string>();
    await alertAbandoned(deps, told);
    await alertAbandoned(deps, told);
    const alerts = await opened.target.query<{ message: string }>(
      `select message from sluice.event where kind = 'feed.left-behind'`,
    );
    expect(alerts).toHaveLength(1);
  });

  it('is removed by its name, and only what Sluice made for it', async () => {
    const opened = await renamed('removed');
    const [slot] = await opened.source.query<{ slot_name: string }>(SLOT);
    const dropped = await opened.use(async (session) => {
      const all = await Promise.all(
        (await leftTargets(session)).map((left) => dropLeft(session, left)),
      );
      return all.flat();
    });
    const name = String(slot?.slot_name);
    expect(dropped).toEqual([`slot ${name}`, `publication ${name}`]);
    expect(await opened.source.query(SLOT)).toEqual([]);
    expect(await opened.use(leftTargets)).toEqual([]);
  });
});

describe('a target whose database was dropped', () => {
  it('leaves nothing on the source once it is removed', async () => {
    const target = { createDatabase: true };
    const opened = await openShop('18', 'dropped', {}, {}, { source: MADE_BY_US, target });
    try {
      await opened.source.query('create table public.t (id int primary key)');
      await opened.reconcile();
      await opened.target.drop();
      const io = memoryIo(dirname(opened.configPath));
      const argv = ['--config', opened.configPath, 'remove', '--yes', '--offline', '--json'];
      expect(await runCli(argv, io)).toBe(0);
      expect(io.err()).toContain('on the source: what Sluice made for it');
      expect(io.out()).toContain('"publication ');
      expect(await opened.source.query(SLOT)).toEqual([]);
      expect(await opened.source.query('select 1 from pg_publication')).toEqual([]);
    } finally {
      await opened.close();
    }
  });
});

async function renameTarget(configPath: string, to: string): Promise<void> {
  const schema = z.looseObject({
    pipelines: z.record(
      z.string(),
      z.looseObject({ targets: z.record(z.string(), z.looseObject({})) }),
    ),
  });
  const config = schema.parse(JSON.parse(await readFile(configPath, 'utf8')));
  for (const pipeline of Object.values(config.pipelines)) {
    const [target] = Object.values(pipeline.targets);
    if (target !== undefined) pipeline.targets = { [to]: target };
  }
  await writeFile(configPath, JSON.stringify(config));
}
