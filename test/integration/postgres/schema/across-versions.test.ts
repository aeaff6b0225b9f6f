import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sameTable } from '../../../../src/core/names.js';
import { readSchema } from '../../../../src/engines/postgres/catalog/read-schema.js';
import { readTables } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { compareTables } from '../../../../src/engines/postgres/define/compare-tables.js';
import { PgSchemaTarget } from '../../../../src/engines/postgres/define/schema-target.js';
import { is14Missing, titled } from '../../../support/postgres-versions.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { bootstrap, makeState, OWNER } from './bootstrap.js';
import { ROUTINES_AND_VIEWS, TABLES, TYPES } from './rich-schema.js';
import { sessionOf } from './sessions.js';

describe.skipIf(is14Missing).each([
  ['14', '18'],
  ['18', '14'],
] as const)(titled('a schema from PostgreSQL %s to %s'), (sourceVersion, targetVersion) => {
  let source: TestDatabase;
  let target: TestDatabase;

  beforeAll(async () => {
    source = await createDatabase(sharedPostgres(sourceVersion), 'across source');
    target = await createDatabase(sharedPostgres(targetVersion), 'across target');
    await makeState(target);
    for (const sql of [TYPES, TABLES, ROUTINES_AND_VIEWS]) await source.query(sql);
    if (sourceVersion === '18') {
      await source.query(`CREATE TABLE shop.virtual (id int PRIMARY KEY, v int GENERATED ALWAYS AS (id * 2));
        CREATE TABLE shop.later (id int PRIMARY KEY, n int);
        ALTER TABLE shop.later ADD CONSTRAINT n_there NOT NULL n NOT VALID`);
    }
  });

  afterAll(async () => {
    await Promise.all([source.drop(), target.drop()]);
  });

  it('has no difference that matters, and a new label of an enum follows', async () => {
    const from = sessionOf(source.url);
    const to = sessionOf(target.url);
    const schema = await readSchema(from);
    for (const model of schema.tables) await bootstrap(to, model, model.name);
    const mappings = schema.tables.map(({ name }) => ({ source: name, target: name }));
    const schemaTarget = new PgSchemaTarget(to);
    const changes = await schemaTarget.finishSchema(schema, mappings, OWNER);
    expect(changes.filter(({ action }) => action === 'left')).toEqual([]);
    const made = await readTables(to);
    for (const model of schema.tables) {
      const same = made.find(({ name }) => sameTable(name, model.name));
      if (same === undefined) throw new Error(`${model.name.table} is missing`);
      const serious = compareTables(model, same).filter(({ effect }) => effect !== 'harmless');
      expect(serious).toEqual([]);
    }
    await source.query(`ALTER TYPE shop.mood ADD VALUE 'so so' BEFORE 'happy'`);
    const [kinds] = await readTables(from, { only: [{ schema: 'shop', table: 'kinds' }] });
    if (kinds === undefined) throw new Error('no table');
    const [altered] = await schemaTarget.prepareTable(kinds, kinds.name, OWNER);
    expect(altered).toMatchObject({ action: 'altered', object: '"shop"."mood"' });
    expect(await target.query(`SELECT enum_range(NULL::shop.mood)::text AS moods`)).toEqual([
      { moods: `{sad,"it's ok","so so",happy}` },
    ]);
    await Promise.all([from.close(), to.close()]);
  });
});
