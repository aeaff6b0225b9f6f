import { z } from 'zod';
import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { CompareOptions, ObjectChange, Owner, TableModel } from '../../contract/schema.js';
import { nativeTable } from '../catalog/native.js';
import { readRows } from '../catalog/read-rows.js';
import { readTables } from '../catalog/read-tables.js';
import { quoteLiteral, quoteQualified } from '../sql/quote.js';
import { NO_STATEMENT_TIMEOUT } from '../full-sync/target-context.js';
import type { SqlSession } from '../sql-session.js';
import type { TableDifference } from './compare-tables.js';
import { compareTables } from './compare-tables.js';
import { healStatements } from './heal-statements.js';
import { SHORT_LOCK } from './foreign-keys.js';
import { knownColumns, knownRules, tableDefinition, withChanges } from './known-columns.js';
import { dropRules } from './drop-rules.js';
import { OwnedObjects, ownedTable } from './owned-objects.js';
import { readTargetFacts } from './target-facts.js';

export interface ExistingTable {
  readonly exists: boolean;
  readonly rows: 'none' | 'some';
  /** Sluice made it. */
  readonly ours: boolean;
  readonly changes: ObjectChange[];
}

/**
 * Compare what is at the target's place with the source and, when `heal`, mend what is harmless.
 *
 * @throws SluiceError SCHEMA_MISMATCH naming the column; TARGET_COLLISION when something that is no
 * table has the name; LOCK_TIMEOUT when the table is in use for longer than a moment
 */
export async function compareExisting(
  session: SqlSession,
  model: TableModel,
  target: TableName,
  options: CompareOptions,
): Promise<ExistingTable> {
  const [found] = await readTables(session, { only: [target], requires: false });
  if (found === undefined) {
    await assertFree(session, target);
    return { exists: false, rows: 'none', ours: false, changes: [] };
  }
  assertTable(found, target);
  const owned = await session.transaction(async (query) => OwnedObjects.lock(query, options.owner));
  const mine = owned.get(ownedTable(target));
  const recorded = knownColumns(mine?.definition ?? null, nativeTable(model));
  const known = withChanges(recorded, nativeTable(model), options);
  const differences = compareTables(model, found, known, options.filled ?? false);
  refuse(differences, target, options.heal);
  const changes = await heal(session, differences, model, found, options.owner);
  if (mine !== undefined && options.heal) {
    const former = knownRules(mine.definition);
    const dropped = await dropRules(session, model, target, former, options.owner);
    changes.push(...dropped);
    // What could not be dropped stays on record, so that it is tried again.
    const all = dropped.every(({ action }) => action !== 'left');
    if (all) await remember(session, model, target, mine.definition, options.owner);
  }
  return { exists: true, rows: await rowsOf(session, target), ours: mine !== undefined, changes };
}

function refuse(differences: readonly TableDifference[], target: TableName, heal: boolean): void {
  const [first] = differences.filter(
    ({ effect }) => effect === 'fatal' || (effect === 'heal' && !heal),
  );
  if (first === undefined) return;
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `The target table ${displayName(target)} ${first.message}`,
    {
      remedy: 'Alter the target table to match the source, or resync the table into a new one.',
    },
  );
}

async function heal(
  session: SqlSession,
  differences: readonly TableDifference[],
  model: TableModel,
  found: TableModel,
  owner: Owner,
): Promise<ObjectChange[]> {
  const facts = await readTargetFacts(session.query);
  const statements = healStatements(differences, model, found, facts);
  if (statements.length > 0) {
    await session.transaction(async (query) => {
      await query(SHORT_LOCK);
      // A generated column is computed for every row.
      await query(NO_STATEMENT_TIMEOUT);
      await OwnedObjects.lock(query, owner);
      for (const { sql } of statements) await query(sql);
    });
  }
  const object = displayName(found.name);
  return differences.map(({ effect, message }) => ({
    kind: 'table',
    object,
    action: effect === 'heal' ? 'altered' : 'left',
    message: effect === 'heal' ? `Mended: ${object} ${message}` : `${object} ${message}`,
  }));
}

/** Keep the source's columns by number, so that a later rename can be told from drop and add. */
async function remember(
  session: SqlSession,
  model: TableModel,
  target: TableName,
  definition: string | null,
  owner: Owner,
): Promise<void> {
  const now = tableDefinition(nativeTable(model), target);
  if (now === definition) return;
  await session.transaction(async (query) => {
    const owned = await OwnedObjects.lock(query, owner);
    await owned.add(ownedTable(target), now);
  });
}

function assertTable(found: TableModel, target: TableName): void {
  const { kind } = nativeTable(found).root;
  if (kind === 'table' || kind === 'partitioned') return;
  throw collision(target, `a ${kind}`);
}

async function assertFree(session: SqlSession, target: TableName): Promise<void> {
  const name = quoteLiteral(quoteQualified(target.schema, target.table));
  const row = z.object({ taken: z.boolean() });
  const sql = `SELECT to_regclass(${name}) IS NOT NULL AS taken`;
  const [answer] = await readRows(session.query, sql, row);
  if (answer?.taken === true) throw collision(target, 'a view, sequence or index');
}

function collision(target: TableName, what: string): SluiceError {
  return new SluiceError(
    'TARGET_COLLISION',
    `${displayName(target)} on the target is ${what}, not a table.`,
    { remedy: 'Choose another target table in the configuration, or rename that object.' },
  );
}

async function rowsOf(session: SqlSession, target: TableName): Promise<'none' | 'some'> {
  const table = quoteQualified(target.schema, target.table);
  const row = z.object({ some: z.boolean() });
  const [answer] = await readRows(
    session.query,
    `SELECT EXISTS (SELECT FROM ${table}) AS some`,
    row,
  );
  return answer?.some === true ? 'some' : 'none';
}
