/** 11.13: what a target of another engine cannot hold goes as text where that is configured. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kind } from './ends.js';
import type { PairOptions } from './pair-scene.js';
import { PairScene } from './pair-scene.js';

interface Case extends PairOptions {
  readonly columns: readonly string[];
  /** Of the table dbo.items, beside its key. */
  readonly ddl: string;
  /** What the source is told of a row, and what the target has of it. */
  readonly rows: readonly (readonly [written: string, held: readonly (string | null)[]])[];
  readonly change: string;
  readonly changed: readonly (string | null)[];
}

const FROM_POSTGRES: Case = {
  ...{ source: 'postgres', target: 'sqlserver', feed: 'cdc' },
  columns: ['span', 'tags', 'addr', 'pair', 'at', 'day', 'amount', 'ratio'],
  ddl: `CREATE TYPE dbo.pair AS (a int, b text);
    CREATE TABLE dbo.items (id bigint PRIMARY KEY, span interval, tags text[], addr inet, pair dbo.pair,
      at timestamptz, day date, amount numeric, ratio float8);
    CREATE TABLE dbo.lines (id int PRIMARY KEY, item bigint CONSTRAINT of_item REFERENCES dbo.items)`,
  rows: [
    [
      `'1 mon 2 days 03:04:05.6', '{a,"b, c",NULL}', '10.0.0.1', '(1,"x y")', 'infinity', '-infinity', 'NaN', '-Infinity'`,
      [
        '1 mon 2 days 03:04:05.6',
        '{a,"b, c",NULL}',
        ...['10.0.0.1', '(1,"x y")', 'infinity', '-infinity', 'NaN', '-Infinity'],
      ],
    ],
    [
      `'-1 day', '{}', '10.0.0.0/8', '(,)', '2026-01-02 03:04:05.123456+02', '0044-03-15 BC', 1e40, 0.1`,
      [
        ...['-1 days', '{}', '10.0.0.0/8', '(,)', '2026-01-02 01:04:05.123456+00', '0044-03-15 BC'],
        ...['10000000000000000000000000000000000000000', '0.1'],
      ],
    ],
    ['NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL', Array<null>(8).fill(null)],
  ],
  change: `UPDATE dbo.items SET at = '-infinity', amount = 'Infinity', tags[1] = '☃' WHERE id = 0`,
  changed: [
    '1 mon 2 days 03:04:05.6',
    '{☃,"b, c",NULL}',
    ...['10.0.0.1', '(1,"x y")', '-infinity', '-infinity', 'Infinity', '-Infinity'],
  ],
};

const FROM_SQLSERVER: Omit<Case, 'feed'> = {
  ...{ source: 'sqlserver', target: 'postgres' },
  columns: ['at', 'moment', 'clock', 'whole'],
  ddl: `CREATE TABLE dbo.items (id bigint NOT NULL PRIMARY KEY, at datetime2(7) NULL,
      moment datetimeoffset(7) NULL, clock time(7) NULL, whole datetime2(0) NULL);
    CREATE TABLE dbo.lines (id int NOT NULL PRIMARY KEY)`,
  rows: [
    [
      `'2026-01-02T03:04:05.1234567', '2026-01-02T03:04:05.1234567+02:00', '23:59:59.9999999', '2026-01-02T03:04:05'`,
      [
        ...['2026-01-02 03:04:05.1234567', '2026-01-02 03:04:05.1234567 +02:00'],
        ...['23:59:59.9999999', '2026-01-02 03:04:05'],
      ],
    ],
    [
      `'0001-01-01', '9999-12-31T23:59:59.9999999+00:00', '00:00', '0001-01-01'`,
      [
        ...['0001-01-01 00:00:00.0000000', '9999-12-31 23:59:59.9999999 +00:00'],
        ...['00:00:00.0000000', '0001-01-01 00:00:00'],
      ],
    ],
    ['NULL, NULL, NULL, NULL', [null, null, null, null]],
  ],
  change: `UPDATE dbo.items SET at = '2026-01-02T03:04:05.0000001', clock = NULL WHERE id = 0`,
  changed: [
    ...['2026-01-02 03:04:05.0000001', '2026-01-02 03:04:05.1234567 +02:00'],
    ...[null, '2026-01-02 03:04:05'],
  ],
};

const CASES: readonly Case[] = [
  FROM_POSTGRES,
  { ...FROM_SQLSERVER, feed: 'cdc' },
  { ...FROM_SQLSERVER, feed: 'changeTracking' },
];

const QUOTES: Readonly<Record<Kind, (name: string) => string>> = {
  postgres: (name) => `"${name}"`,
  sqlserver: (name) => `[${name}]`,
};

describe.each(CASES)('$source → $target by $feed, as text', (of) => {
  let scene: PairScene;

  beforeAll(async () => {
    const items = `{ asText: [${of.columns.join(', ')}] }`;
    scene = await PairScene.open({ ...of, items });
    await scene.source.sql(of.ddl);
    await insert(0);
    await scene.startWorker();
    await scene.client.startPipeline('shop');
    await scene.streaming();
  });
  afterAll(async () => scene.close());

  async function insert(first: number): Promise<void> {
    const rows = of.rows.map(([written], n) => `(${String(first + n)}, ${written})`);
    await scene.source.sql(`INSERT INTO dbo.items VALUES ${rows.join(', ')}`);
  }

  async function held(id: number): Promise<unknown> {
    const names = of.columns.map(QUOTES[of.target]).join(', ');
    const rows = await scene.target.sql(`SELECT ${names} FROM dbo.items WHERE id = ${String(id)}`);
    return rows[0] === undefined ? null : of.columns.map((name) => rows[0]?.[name]);
  }

  async function holds(id: number, wanted: readonly (string | null)[]): Promise<void> {
    await scene
      .until(`row ${String(id)} is there`, async () => isSame(await held(id), wanted))
      .catch(async (error: unknown) => {
        expect(await held(id)).toEqual(wanted);
        throw error;
      });
  }

  test('a copy carries every value', async () => {
    for (const [n, [, wanted]] of of.rows.entries()) expect(await held(n)).toEqual(wanted);
  });

  test('changes carry the same texts as the copy', async () => {
    await insert(100);
    for (const [n, [, wanted]] of of.rows.entries()) await holds(100 + n, wanted);
    await scene.source.sql(of.change);
    await holds(0, of.changed);
  });

  test('a column that is added later arrives beside them', async () => {
    await scene.source.sql('ALTER TABLE dbo.items ADD extra int');
    await scene.until('the change arrives', async () => {
      await scene.source.sql('UPDATE dbo.items SET extra = 1 WHERE id = 0');
      try {
        const [row] = await scene.target.sql('SELECT extra FROM dbo.items WHERE id = 0');
        return Number(row?.extra) === 1;
      } catch {
        return false;
      }
    });
    await scene.streaming();
    await holds(0, of.changed);
  });

  test('both sides verify equal, a changed text is found and repaired', async () => {
    expect(await verified(false)).toMatchObject({ passed: 1, failed: 0 });
    const [first = ''] = of.columns;
    await scene.target.sql(
      `UPDATE dbo.items SET ${QUOTES[of.target](first)} = 'other' WHERE id = 100`,
    );
    expect(await verified(false)).toMatchObject({ failed: 1, differences: 1 });
    expect(await verified(true)).toMatchObject({ differences: 1, repaired: 1 });
    await holds(100, of.rows[0]?.[1] ?? []);
    expect(await verified(false)).toMatchObject({ passed: 1, failed: 0 });
  });

  // Only PostgreSQL has these.
  if (of.source === 'postgres') {
    test('foreign keys to the table are made', async () => {
      await scene.until('the foreign key is there', async () => {
        const found = await scene.target.sql(
          `SELECT name FROM sys.foreign_keys WHERE name = N'of_item'`,
        );
        return found.length === 1;
      });
    });

    test('whole old rows change nothing', async () => {
      await scene.source.sql('ALTER TABLE dbo.items REPLICA IDENTITY FULL');
      await insert(200);
      await scene.streaming();
      for (const [n, [, wanted]] of of.rows.entries()) await holds(200 + n, wanted);
    });
  }

  async function verified(repair: boolean): Promise<unknown> {
    const asked = { pipeline: 'shop', tables: 'dbo.items', scope: 'full', repair } as const;
    return (await scene.client.startVerification(asked)).result();
  }
});

function isSame(found: unknown, wanted: readonly (string | null)[]): boolean {
  return JSON.stringify(found) === JSON.stringify(wanted);
}

describe('a table that meets a value without room', () => {
  let scene: PairScene;
  const settle = (items: string): Promise<void> => scene.configure(items);

  beforeAll(async () => {
    scene = await PairScene.open({ source: 'postgres', target: 'sqlserver', feed: 'cdc' });
    await scene.source.sql(`CREATE TABLE dbo.items (id bigint PRIMARY KEY, at timestamptz);
      CREATE TABLE dbo.lines (id int PRIMARY KEY);
      INSERT INTO dbo.items VALUES (1, '2026-01-02 03:04:05+00')`);
    await scene.startWorker();
    await scene.client.startPipeline('shop');
    await scene.streaming();
  });
  afterAll(async () => scene.close());

  test('is set aside, and goes on as text after a resync once that is configured', async () => {
    await scene.source.sql(`INSERT INTO dbo.items VALUES (2, 'infinity')`);
    await scene.until('it is set aside', async () => (await fault()) === 'ROW_REJECTED');
    expect(await told()).toContain('A value of the column at has no place in datetimeoffset.');
    await settle('{ asText: [at] }');
    await scene.client.commandPipeline('shop', 'forceResync', {
      requestId: 'as-text',
      tables: 'dbo.items',
    });
    await scene.until('both rows are there as text', async () => {
      const held = await rows();
      return held === '2026-01-02 03:04:05+00,infinity';
    });
    await scene.streaming();
    await scene.source.sql(`INSERT INTO dbo.items VALUES (3, '-infinity')`);
    await scene.until('the next one comes as text', async () =>
      (await rows()).endsWith(',-infinity'),
    );
  });

  test('is copied anew as its own type once that is taken back', async () => {
    await scene.source.sql(`DELETE FROM dbo.items WHERE id > 1`);
    await settle('{}');
    await scene.until('it has its own type', async () => {
      await scene.source.sql(`UPDATE dbo.items SET at = '2026-05-06 00:00+00' WHERE id = 1`);
      const [column] = await scene.target.sql(
        `SELECT TYPE_NAME(user_type_id) AS type FROM sys.columns
          WHERE object_id = OBJECT_ID(N'dbo.items') AND name = N'at'`,
      );
      return column?.type === 'datetimeoffset';
    });
  });

  async function fault(): Promise<unknown> {
    return (await scene.states()).find(({ slug }) => slug === 'dbo.items')?.fault_code;
  }

  async function told(): Promise<unknown> {
    return (await scene.states()).find(({ slug }) => slug === 'dbo.items')?.fault_message;
  }

  async function rows(): Promise<string> {
    try {
      const found = await scene.target.sql('SELECT at FROM dbo.items ORDER BY id');
      return found.map(({ at }) => String(at)).join();
    } catch {
      return 'no table';
    }
  }
});
