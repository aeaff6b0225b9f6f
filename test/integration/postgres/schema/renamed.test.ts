import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TableName } from '../../../../src/core/names.js';
import { readSchema } from '../../../../src/engines/postgres/catalog/read-schema.js';
import { readTables } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { compareTables } from '../../../../src/engines/postgres/define/compare-tables.js';
import { PgSchemaTarget } from '../../../../src/engines/postgres/define/schema-target.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { bootstrap, makeState, OWNER } from './bootstrap.js';
import { NEWER_TABLES, ROUTINES_AND_VIEWS, TABLES, TYPES } from './rich-schema.js';
import { sessionOf } from './sessions.js';

/** Everything moves into one schema, and every table gets another name. */
const moved = (name: TableName): TableName => ({
  schema: 'wa"re. house',
  table: `${name.table.slice(0, 40)} neu`,
});

describeEachPostgres('tables under other names on PostgreSQL %s', (version) => {
  let source: TestDatabase;
  let target: TestDatabase;

  beforeAll(async () => {
    source = await createDatabase(sharedPostgres(version), 'renamed source');
    target = await createDatabase(sharedPostgres(version), 'renamed target');
    await makeState(target);
    for (const sql of [TYPES, TABLES, ROUTINES_AND_VIEWS]) await source.query(sql);
    if (version === '18') await source.query(NEWER_TABLES);
    await source.query(`CREATE SCHEMA other; CREATE TABLE other.orders (id serial PRIMARY KEY);
      INSERT INTO shop.orders VALUES (1, 'de', '2024-05-05', 11), (2, 'xx', '2024-05-05', 5)`);
  });

  afterAll(async () => {
    await Promise.all([source.drop(), target.drop()]);
  });

  it('take their keys, views and sequences with them', async () => {
    const from = sessionOf(source.url);
    const to = sessionOf(target.url);
    const schema = await readSchema(from);
    const place = (name: TableName) =>
      name.schema === 'other' ? { schema: 'wa"re. house', table: 'orders' } : moved(name);
    const mappings = schema.tables.map(({ name }) => ({ source: name, target: place(name) }));
    for (const model of schema.tables) await bootstrap(to, model, place(model.name));
    const schemaTarget = new PgSchemaTarget(to);
    const changes = await schemaTarget.finishSchema(schema, mappings, OWNER);
    expect(changes.filter(({ action }) => action === 'left')).toEqual([]);
    const made = await readTables(to);
    for (const model of schema.tables) {
      const same = made.find(({ name }) => name.table === place(model.name).table);
      expect(same === undefined ? null : compareTables(model, same)).toEqual([]);
    }
    const keys =
      await target.query(`SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent
      FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND connamespace = '"wa""re. house"'::regnamespace`);
    expect(keys).toContainEqual({
      child: '"wa""re. house"."employees neu"',
      parent: '"wa""re. house"."departments neu"',
    });
    await target.query(
      `INSERT INTO "wa""re. house"."orders neu" VALUES (1, 'de', '2024-05-05', 11)`,
    );
    expect(await target.query(`SELECT amount FROM "wa""re. house".big_orders`)).toEqual([
      { amount: '11' },
    ]);
    await source.query(`SELECT setval('other.orders_id_seq', 77)`);
    await schemaTarget.alignSequences(await readSchema(from), mappings);
    expect(
      await target.query(`INSERT INTO "wa""re. house".orders DEFAULT VALUES RETURNING id`),
    ).toEqual([{ id: 78 }]);
    await Promise.all([from.close(), to.close()]);
  });
});
