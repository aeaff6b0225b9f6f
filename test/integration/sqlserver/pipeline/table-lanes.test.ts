/** consistency: table. Each table is a lane: its own position, loop, transaction and error boundary. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { whyToReconcile } from '../../../../src/activities/control/children-gone.js';
import { detachTable } from '../../../../src/activities/control/detach-table.js';
import { inspectPipeline } from '../../../../src/cli/inspect/inspect.js';
import { allFindings } from '../../../../src/cli/inspect/inspection.js';
import type { LaneRef } from '../../../../src/core/protocol.js';
import { reconcile } from '../../../../src/session/reconcile.js';
import { openSqlServer, type TestMsServer } from '../../../support/sqlserver/server.js';
import { openPipeline, TARGET, type MoreKeys, type PipelineScene } from './pipeline-scene.js';

let server: TestMsServer;
let scene: PipelineScene;

const SOURCE = { enableCdc: true, discover: 'off' };

function keys(consistency: 'table' | 'transaction', exclude: readonly string[] = []): MoreKeys {
  return { source: SOURCE, pipeline: { consistency, tables: { include: ['dbo.*'], exclude } } };
}

beforeAll(async () => {
  server = await openSqlServer();
});
afterAll(async () => server.close());

beforeEach(async () => {
  scene = await openPipeline('lanes', keys('table'), server);
  await scene.source.sql(`
    CREATE TABLE dbo.a (id int NOT NULL PRIMARY KEY);
    CREATE TABLE dbo.b (id int NOT NULL PRIMARY KEY);`);
});
afterEach(async () => scene.close());

/** The lanes that a pipeline's workflow would be told to run. */
async function agree(): Promise<readonly number[]> {
  return scene.use(async (session) => {
    const options = { attributes: false, worker: 'test', detach: 'confirmed' } as const;
    const { targets } = await reconcile(session, options);
    return targets[0]?.lanes ?? [];
  });
}

async function laneOf(slug: string): Promise<number | undefined> {
  const { laneId } = await scene.row(slug);
  return scene.use(async (session) => {
    const { state } = await session.target(TARGET);
    return (await state.lanes.get(laneId ?? ''))?.n;
  });
}

async function follow(...slugs: readonly string[]): Promise<void> {
  for (const slug of slugs) {
    const { tableId } = await scene.row(slug);
    await scene.use(async (session) => {
      const { tables } = (await session.target(TARGET)).state;
      await tables.setPhase(tableId, 'streaming', 'test');
    });
  }
}

describe('the lane of a table', () => {
  it('is its own, begins where the feed is, and is remembered', async () => {
    expect(await agree()).toEqual([10, 20]);
    expect(await agree()).toEqual([10, 20]);
    const positions = await scene.target.sql('SELECT n, position FROM sluice.lane ORDER BY n');
    expect(positions).toEqual([
      { n: 10, position: expect.stringMatching(/^[0-9a-f]{20}$/) as string },
      { n: 20, position: expect.stringMatching(/^[0-9a-f]{20}$/) as string },
    ]);
    expect([await laneOf('dbo.a'), await laneOf('dbo.b')]).toEqual([10, 20]);
  });

  it('comes with a table that is added later', async () => {
    await agree();
    await follow('dbo.a', 'dbo.b');
    await scene.source.sql('CREATE TABLE dbo.[0 first] (id int NOT NULL PRIMARY KEY)');
    expect(await agree()).toEqual([10, 20, 30]);
    expect([await laneOf('dbo.a'), await laneOf('dbo.b')]).toEqual([10, 20]);
  });

  it('ends with its table, and a table that comes again begins in another one', async () => {
    await agree();
    await follow('dbo.a', 'dbo.b');
    await scene.configure(keys('table', ['dbo.b']));
    expect(await agree()).toEqual([10]);
    await scene.use(async (session) => {
      const row = await scene.row('dbo.b');
      await detachTable(session, await session.target(TARGET), row);
    });
    expect(await agree()).toEqual([10]);
    await scene.configure(keys('table'));
    expect(await agree()).toEqual([10, 30]);
    expect(await laneOf('dbo.b')).toBe(30);
  });

  it('is missed when its workflow does not run, and only while a table needs it', async () => {
    await agree();
    const ended = new Set([20]);
    const running = (n: number) => ({ running: !ended.has(n), status: 'any', runId: null });
    const client = {
      laneState: ({ n }: LaneRef) => Promise.resolve(running(n)),
      tableState: () => Promise.resolve(running(0)),
    };
    const why = () => scene.use((session) => whyToReconcile(client, session, [TARGET]));
    expect(await why()).toBe('the lane 20 of copy does not run');
    await scene.configure(keys('table', ['dbo.b']));
    await agree();
    expect(await why()).toBeNull();
  });
});

describe('another consistency', () => {
  const CHANGED = 'follow already do so with consistency: table (dbo.a and 1 more)';

  it('is taken before the tables have begun', async () => {
    await agree();
    await scene.configure(keys('transaction'));
    expect(await agree()).toEqual([0]);
    expect([await laneOf('dbo.a'), await laneOf('dbo.b')]).toEqual([0, 0]);
  });

  it('is refused for tables that follow, which stay where they are', async () => {
    await agree();
    await follow('dbo.a', 'dbo.b');
    await scene.configure(keys('transaction'));
    await expect(agree()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(CHANGED) as string,
      remedy: expect.stringContaining('Write consistency: table again') as string,
    });
    expect([await laneOf('dbo.a'), await laneOf('dbo.b')]).toEqual([10, 20]);
    const findings = allFindings(await scene.use((session) => inspectPipeline(session, [TARGET])));
    expect(findings.filter(({ message }) => message.includes(CHANGED))).toHaveLength(1);
    await scene.configure(keys('table'));
    expect(await agree()).toEqual([10, 20]);
  });
});

describe('check', () => {
  it('warns where the lanes take most of the sessions that there may be', async () => {
    const many = async () => {
      const findings = allFindings(
        await scene.use((session) => inspectPipeline(session, [TARGET])),
      );
      return findings.filter(({ code }) => code === 'lanes.many');
    };
    expect(await many()).toEqual([]);
    const tables = Array.from(
      { length: 30 },
      (_, n) => `CREATE TABLE dbo.t${n} (id int NOT NULL PRIMARY KEY);`,
    );
    await scene.source.sql(tables.join('\n'));
    expect(await many()).toEqual([
      expect.objectContaining({
        severity: 'warning',
        message: expect.stringMatching(/each of the 32 tables .* pool\.max allows 50/) as string,
        remedy: expect.stringContaining('consistency: transaction') as string,
      }),
    ]);
    await scene.configure(keys('transaction'));
    expect(await many()).toEqual([]);
  });
});
