import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PgSchema } from '../../../../src/engines/postgres/catalog/read-schema.js';
import { readSchema } from '../../../../src/engines/postgres/catalog/read-schema.js';
import { PgSchemaTarget } from '../../../../src/engines/postgres/define/schema-target.js';
import type { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { bootstrap, makeState, OWNER } from './bootstrap.js';
import { comparable } from './comparable.js';
import { NEWER_TABLES, ROUTINES_AND_VIEWS, TABLES, TYPES } from './rich-schema.js';
import { sessionOf } from './sessions.js';

const withoutOid = ({ oid: _, ...rest }: { oid: string }) => rest;

describeEachPostgres('a whole schema on PostgreSQL %s', (version) => {
  let source: TestDatabase;
  let target: TestDatabase;
  let from: SqlSession;
  let to: SqlSession;
  let schema: PgSchema;
  let schemaTarget: PgSchemaTarget;
  const same = () => schema.tables.map(({ name }) => ({ source: name, target: name }));

  beforeAll(async () => {
    source = await createDatabase(sharedPostgres(version), 'finish source');
    target = await createDatabase(sharedPostgres(version), 'finish target');
    await makeState(target);
    await source.query(TYPES);
    await source.query(TABLES);
    if (version === '18') await source.query(NEWER_TABLES);
    await source.query(ROUTINES_AND_VIEWS);
    from = sessionOf(source.url);
    to = sessionOf(target.url);
    schema = await readSchema(from);
    schemaTarget = new PgSchemaTarget(to);
  });

  afterAll(async () => {
    await Promise.all([from.close(), to.close()]);
    await Promise.all([source.drop(), target.drop()]);
  });

  it('makes foreign keys only where both tables are there, and nothing that lacks a table', async () => {
    const alone = schema.tables.filter(({ name }) => name.table === 'departments');
    for (const model of alone) await bootstrap(to, model, model.name);
    const changes = await schemaTarget.finishSchema(schema, same(), OWNER);
    expect(changes.filter(({ kind }) => kind === 'foreign key' || kind === 'view')).toEqual([]);
  });

  it('ends as the source is: tables, keys, views, functions, procedures, comments', async () => {
    const rest = schema.tables.filter(({ name }) => name.table !== 'departments');
    for (const model of rest) await bootstrap(to, model, model.name);
    // Two tables that become visible at once finish the same objects.
    const other = sessionOf(target.url);
    const targets = [schemaTarget, new PgSchemaTarget(other)];
    const finished = targets.map(async (one) => one.finishSchema(schema, same(), OWNER));
    const changes = (await Promise.all(finished).finally(() => other.close())).flat();
    expect(changes.filter(({ action }) => action === 'left')).toEqual([]);
    const told = changes
      .filter(({ action }) => action === 'created')
      .map(({ kind, object }) => `${kind} ${object}`);
    expect(told).toEqual([...new Set(told)]);
    await schemaTarget.validateForeignKeys(schema, same(), OWNER);
    const made = await readSchema(to);
    expect(made.tables.map((model) => comparable(model))).toEqual(
      schema.tables.map((model) => comparable(model)),
    );
    expect(made.views.map(withoutOid)).toEqual(schema.views.map(withoutOid));
    expect(made.routines.map(withoutOid)).toEqual(schema.routines.map(withoutOid));
  });

  it('has nothing to do when it is asked again', async () => {
    expect(await schemaTarget.finishSchema(schema, same(), OWNER)).toEqual([]);
  });

  it('replaces what changed, drops what is gone and leaves what it did not make', async () => {
    await target.query(`DROP VIEW shop.a_on_b; CREATE VIEW shop.a_on_b AS SELECT 'mine' AS one;
      DELETE FROM sluice.owned WHERE object = '"shop"."a_on_b"'`);
    await source.query(`DROP VIEW shop.a_on_b; DROP VIEW shop.big_orders;
      CREATE VIEW shop.big_orders AS SELECT amount, id FROM shop.orders;
      CREATE VIEW shop.a_on_b AS SELECT 2 AS two;
      DROP PROCEDURE shop.raise; DROP FUNCTION shop.total;
      CREATE FUNCTION shop.total(r text) RETURNS text LANGUAGE sql AS 'SELECT r';
      ALTER TABLE shop.employees DROP CONSTRAINT department_fk;
      ALTER TABLE shop.departments DROP CONSTRAINT head_fk,
        ADD CONSTRAINT head_fk FOREIGN KEY (head) REFERENCES shop.employees ON DELETE CASCADE`);
    const changes = await schemaTarget.finishSchema(await readSchema(from), same(), OWNER);
    const seen = changes.map(({ action, object }) => `${action} ${object}`).sort();
    expect(seen).toEqual([
      'dropped "shop"."employees" "department_fk"',
      'dropped "shop"."raise"(INOUT n integer)',
      'left "shop"."a_on_b"',
      'replaced "shop"."big_orders"',
      'replaced "shop"."departments" "head_fk"',
      'replaced "shop"."total"(r text)',
    ]);
    expect(await target.query('SELECT * FROM shop.a_on_b')).toEqual([{ one: 'mine' }]);
  });

  it('sets sequences and identities past the source, and never back', async () => {
    await source.query(`SELECT setval('shop.kinds_id_seq', 1000), setval('shop.ticket', 200),
      setval('shop.kinds_mid_seq', 30), nextval('shop.kinds_big_seq')`);
    await target.query(`SELECT setval('shop.kinds_mid_seq', 5000)`);
    await schemaTarget.alignSequences(await readSchema(from), same());
    const [next] = await target.query(`SELECT nextval('shop.kinds_id_seq')::int AS id,
      nextval('shop.ticket')::int AS ticket, nextval('shop.kinds_mid_seq')::int AS mid,
      nextval('shop.kinds_big_seq')::int AS big`);
    expect(next).toEqual({ id: 1003, ticket: 205, mid: 5001, big: 2 });
  });
});
