import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTables } from '../../../../src/engines/postgres/catalog/read-tables.js';
import { stageStatements } from '../../../../src/engines/postgres/define/stage-statements.js';
import { createDatabase, sharedPostgres } from '../../../support/postgres.js';
import type { TestDatabase } from '../../../support/postgres.js';
import { NEWER_TABLES, TABLES, TYPES } from './rich-schema.js';
import { sessionOf } from './sessions.js';

describe.each(['14', '18'] as const)('a stage on PostgreSQL %s', (version) => {
  let source: TestDatabase;
  beforeAll(async () => {
    source = await createDatabase(sharedPostgres(version), 'stage source');
    await source.query(TYPES);
    await source.query(TABLES);
    if (version === '18') await source.query(NEWER_TABLES);
  });
  afterAll(async () => {
    await source.drop();
  });
  it('reads', async () => {
    const session = sessionOf(source.url);
    const models = await readTables(session);
    await session.close();
    expect(models.length).toBeGreaterThan(10);
    for (const model of models) stageStatements(model, 'x', model.name);
    if (version === '18') console.log(stageStatements(models[6]!, 'x', models[6]!.name), models.map(m => [m.name.table, m.key, m.findings.map(f=>f.code).join(' ')].join(':')), models.flatMap(m=>m.columns).filter(c=>!c.rawSafe).map(c=>c.name));
  });
});
