import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../../support/wait-for.js';
import type { Scene } from './fixture.js';
import { beginCopy, contents, copyOne, openScene, resync } from './fixture.js';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene('split');
});
afterAll(async () => scene.close());

function tableSql(name: string, type: string, scheme = ''): string {
  return `CREATE TABLE dbo.${name} (
  k ${type} NOT NULL, id int NOT NULL,
  CONSTRAINT pk_${name} PRIMARY KEY CLUSTERED (k, id))${scheme}`;
}

/** A partition function and one scheme, both of this name. */
function divisionSql(name: string, type: string, boundaries: readonly string[]): string {
  return `CREATE PARTITION FUNCTION ${name} (${type}) AS RANGE RIGHT FOR VALUES (${boundaries.join(', ')})
GO
CREATE PARTITION SCHEME ${name} AS PARTITION ${name} ALL TO ([PRIMARY])`;
}

async function makeTable(name: string, type: string, boundaries: readonly string[]): Promise<void> {
  await scene.source.sql(tableSql(name, type));
  await scene.target.sql(`${divisionSql(name, type, boundaries)}
GO
${tableSql(name, type, ` ON ${name} (k)`)}`);
}

async function fill(name: string, keys: readonly string[]): Promise<void> {
  const rows = keys.map((key, id) => `(${key}, ${String(id)})`);
  await scene.source.sql(`INSERT INTO dbo.${name} (k, id) VALUES ${rows.join(', ')}`);
}

/** Rows of each partition, in order. */
async function partitions(name: string): Promise<number[]> {
  const rows = await scene.target.sql(`
SELECT p.rows AS n FROM sys.partitions AS p
 WHERE p.object_id = OBJECT_ID(N'dbo.${name}') AND p.index_id = 1 ORDER BY p.partition_number`);
  return rows.map(({ n }) => Number(n));
}

async function boundaries(name: string): Promise<number> {
  const [row] = await scene.target.sql(`
SELECT COUNT(*) AS n FROM sys.partition_functions AS f
  JOIN sys.partition_range_values AS v ON v.function_id = f.function_id WHERE f.name = N'${name}'`);
  return Number(row?.n);
}

async function expectSame(name: string): Promise<void> {
  expect(await contents(scene.target, `dbo.${name}`, 'k, id')).toEqual(
    await contents(scene.source, `dbo.${name}`, 'k, id'),
  );
}

async function told(text: string): Promise<string[]> {
  const rows = await scene.target.sql(
    `SELECT message FROM sluice.event WHERE kind = N'partition' AND message LIKE N'%${text}%'`,
  );
  return rows.map(({ message }) => String(message));
}

const KEYS: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  [
    'date',
    'date',
    ["'2025-02-05'", "'2025-02-06'"],
    ["'2025-02-06'", "'2025-02-07'", "'2025-02-09'"],
  ],
  [
    'datetime',
    'datetime',
    ["'2025-01-01'", "'2025-02-01'"],
    ["'2025-02-28T23:59:59.997'", "'2025-03-01T00:00:00'", "'2025-04-17T08:00:00'"],
  ],
  [
    'datetime2',
    'datetime2(7)',
    ["'2025-02-05'", "'2025-02-06'"],
    ["'2025-02-06T23:59:59.9999999'", "'2025-02-07T00:00:00'", "'2025-02-08T12:00:00'"],
  ],
  ['int', 'int', ['20250205', '20250206'], ['20250206', '20250207', '20250208']],
  ['step', 'bigint', ['1000', '2000'], ['2999', '3000', '4711']],
  [
    'string',
    'varchar(8)',
    ["'20250205'", "'20250206'"],
    ["'20250206'", "'20250207'", "'20250208'"],
  ],
  [
    'national string',
    'nchar(8)',
    ["N'20250101'", "N'20250201'"],
    ["N'20250228'", "N'20250301'", "N'20250415'"],
  ],
];

describe('partitions that are missing', () => {
  it.each(KEYS)('11.11: are made by SPLIT for a key of %s', async (kind, type, known, keys) => {
    const name = `by_${kind.replace(' ', '_')}`;
    await makeTable(name, type, known);
    await fill(name, keys);
    expect(await resync(scene, `dbo.${name}`, { load: 'partitionSwitch' })).toMatchObject({
      method: 'partitionSwitch',
      done: true,
    });
    expect(await partitions(name)).toEqual([0, 0, 1, 1, 1]);
    await expectSame(name);
    expect(await told(`function ${name} was split at`)).toHaveLength(2);
  });

  it('11.11: of two schemes on one function are made in both', async () => {
    await makeTable('shared', 'int', ['20250205', '20250206']);
    await scene.target.sql(`CREATE PARTITION SCHEME other AS PARTITION shared ALL TO ([PRIMARY])
GO
${tableSql('second', 'int', ' ON other (k)')}
GO
INSERT INTO dbo.second (k, id) VALUES (20250206, 1)`);
    // A scheme that was made with ALL TO has a filegroup for one partition more, not for two.
    await fill('shared', ['20250207', '20250208']);
    await resync(scene, 'dbo.shared', { load: 'partitionSwitch' });
    expect(await partitions('shared')).toEqual([0, 0, 0, 1, 1]);
    expect(await partitions('second')).toEqual([0, 0, 1, 0, 0]);
  });

  it('11.11: go on after a weekend', async () => {
    await makeTable('weekend', 'int', ['20250206', '20250207', '20250210']);
    await fill('weekend', ['20250210', '20250211', '20250217']);
    await resync(scene, 'dbo.weekend', { load: 'partitionSwitch' });
    expect(await partitions('weekend')).toEqual([0, 0, 0, 1, 1, 1]);
  });
});

describe('a period that the boundaries do not tell', () => {
  beforeAll(async () => {
    await makeTable('unclear', 'int', ['20250207', '20250210']);
    await fill('unclear', ['20250210', '20250211']);
  });

  it('11.11: is told, and the rows come all the same', async () => {
    await resync(scene, 'dbo.unclear', { load: 'partitionSwitch' });
    const [message] = await told('unclear');
    expect(message).toMatch(/could not be told .* partitions\.period/);
    expect(await partitions('unclear')).toEqual([0, 0, 2]);
    await expectSame('unclear');
  });

  it('11.11: comes from the configuration', async () => {
    await scene.target.sql('TRUNCATE TABLE dbo.unclear');
    await resync(scene, 'dbo.unclear', { load: 'partitionSwitch', period: 'day' });
    expect(await partitions('unclear')).toEqual([0, 0, 1, 1]);
  });
});

/** Sessions of the product with a request that has not been answered. */
const WAITING = `
SELECT COUNT(*) AS n FROM sys.dm_exec_sessions
 WHERE program_name LIKE N'sluice%' AND status = N'running'`;

describe('two loads that need one partition', () => {
  it('11.11: wait for each other and make it once', async () => {
    await makeTable('turn_a', 'int', ['20250205', '20250206']);
    await scene.source.sql(tableSql('turn_b', 'int'));
    await scene.target.sql(tableSql('turn_b', 'int', ' ON turn_a (k)'));
    await fill('turn_a', ['20250207']);
    await fill('turn_b', ['20250207', '20250208']);
    let loads: Promise<unknown> = Promise.resolve();
    await scene.target.session(async (sql) => {
      // Both have looked at what is there before either may split.
      await sql(`BEGIN TRAN;
EXEC sp_getapplock @Resource = N'sluice split turn_a', @LockMode = 'Exclusive', @LockOwner = 'Transaction';`);
      loads = Promise.all(
        ['turn_a', 'turn_b'].map((name) =>
          resync(scene, `dbo.${name}`, { load: 'partitionSwitch' }),
        ),
      );
      loads.catch(() => undefined);
      let looks = 0;
      await waitFor('both wait for their turn', async () => {
        const [row] = await scene.target.sql(WAITING);
        looks = row?.n === 2 ? looks + 1 : 0;
        return looks === 5;
      });
      await sql('COMMIT');
    });
    await loads;
    expect(await boundaries('turn_a')).toBe(4);
    for (const name of ['turn_a', 'turn_b']) await expectSame(name);
  });
});

describe('a stage that a crash left behind', () => {
  it('11.11: is gone after the next load', async () => {
    await makeTable('crashed', 'int', ['20250205', '20250206']);
    await fill('crashed', ['20250206', '20250207']);
    const model = await scene.model('dbo.crashed');
    const stage = await beginCopy(scene, model, { load: 'partitionSwitch' });
    const ranges = await scene.fullSource.planChunks(model, 64 * 1024);
    await scene.state.chunks.plan(stage.tableId, stage.epoch, ranges);
    await copyOne(scene, model, stage, 0);
    const schema = `SELECT SCHEMA_ID(N'sluice_stage_${stage.tableId}') AS id`;
    expect(await scene.target.sql(schema)).not.toEqual([{ id: null }]);
    await resync(scene, 'dbo.crashed', { load: 'partitionSwitch' });
    expect(await partitions('crashed')).toEqual([0, 0, 1, 1]);
    expect(await scene.target.sql(schema)).toEqual([{ id: null }]);
  });
});
