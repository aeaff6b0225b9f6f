import { readFile } from 'node:fs/promises';
import type { TableName } from '../../../../src/core/names.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';
import { OwnedObjects, ownedTable } from '../../../../src/engines/postgres/define/owned-objects.js';
import { prepareTable } from '../../../../src/engines/postgres/define/prepare-table.js';
import {
  stageStatements,
  swapStatements,
} from '../../../../src/engines/postgres/define/stage-statements.js';
import { readTargetFacts } from '../../../../src/engines/postgres/define/target-facts.js';
import type { SqlSession } from '../../../../src/engines/postgres/sql-session.js';
import type { TestDatabase } from '../../../support/postgres.js';

export const OWNER = { pipeline: 'shop', target: 'replica' };
const STAGE = 'sluice_stage_1';

/** The `sluice` schema, as a migration makes it. */
export async function makeState(database: TestDatabase): Promise<void> {
  const file = new URL(
    '../../../../src/engines/postgres/state/000001-initial.sql',
    import.meta.url,
  );
  await database.query(`CREATE SCHEMA IF NOT EXISTS sluice; ${await readFile(file, 'utf8')}`);
}

/** A table's way from nothing to its place, without rows. */
export async function bootstrap(
  session: SqlSession,
  model: TableModel,
  target: TableName,
): Promise<void> {
  await session.transaction(async (query) => prepareTable(query, model, target, OWNER));
  const facts = await readTargetFacts(session.query);
  const { create, finish } = stageStatements(model, STAGE, target, facts);
  await session.query(`CREATE SCHEMA ${STAGE}`);
  for (const { sql } of [...create, ...finish]) await session.query(sql);
  await session.transaction(async (query) => {
    for (const { sql } of swapStatements(model, STAGE, target)) await query(sql);
    const owned = await OwnedObjects.lock(query, OWNER);
    await owned.add(ownedTable(target), null);
  });
  await session.query(`DROP SCHEMA ${STAGE}`);
}
