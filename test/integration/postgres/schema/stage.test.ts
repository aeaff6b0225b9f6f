import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { readTables } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { prepareTable } from '../../../../src/engines/postgres/define/prepare-table.js';
import { stageStatements } from '../../../../src/engines/postgres/define/stage-statements.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { comparable } from './comparable.js';
import { bootstrap, makeState, OWNER } from './bootstrap.js';
import { NEWER_TABLES, TABLES, TYPES } from './rich-schema.js';
import { sessionOf } from './sessions.js';

/** Foreign keys and a default that uses another table's sequence come once all tables are there. */
const withoutLate = (model: TableModel) =>
  model.name.table === 'borrower' ? model.name : comparable(model, false);

describeEachPostgres('a stage on PostgreSQL %s', (version) => {
  let source: TestDatabase;
  let target: TestDatabase;
  let models: TableModel[];

  beforeAll(async () => {
    source = await createDatabase(sharedPostgres(version), 'stage source');
    target = await createDatabase(sharedPostgres(version), 'stage target');
    await makeState(target);
    await source.query(TYPES);
    await source.query(TABLES);
    if (version === '18') await source.query(NEWER_TABLES);
    const session = sessionOf(source.url);
    models = await readTables(session);
    await session.close();
  });

  afterAll(async () => {
    await source.drop();
    await target.drop();
  });

  it('becomes the same table as the source, whatever its types, partitions and names', async () => {
    const session = sessionOf(target.url);
    for (const model of models) await bootstrap(session, model, model.name);
    const made = await readTables(session);
    await session.close();
    expect(made.map(({ name }) => name)).toEqual(models.map(({ name }) => name));
    expect(made.map(withoutLate)).toEqual(models.map(withoutLate));
  });

  it('can be prepared again without a change', async () => {
    const session = sessionOf(target.url);
    for (const model of models) {
      const changes = await session.transaction(async (query) =>
        prepareTable(query, model, model.name, OWNER),
      );
      expect(changes).toEqual([]);
    }
    await session.close();
  });

  it('skips every step that says it is done when it is finished a second time', async () => {
    const session = sessionOf(target.url);
    for (const model of models) {
      const { create, finish } = stageStatements(model, model.name.schema, model.name);
      for (const { done, what } of [...create, ...finish]) {
        if (done === null) continue;
        const [answer] = await session.query<Record<string, boolean>>(done);
        expect([what, ...Object.values(answer ?? {})]).toEqual([what, true]);
      }
    }
    await session.close();
  });
});
