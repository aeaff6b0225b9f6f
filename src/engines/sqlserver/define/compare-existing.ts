import { z } from 'zod';
import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import { displayName, sameTable } from '../../../core/names.js';
import type { CompareOptions, ObjectChange, Owner, TableModel } from '../../contract/schema.js';
import type { MsTable } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { readRows } from '../catalog/read-rows.js';
import { readTables } from '../catalog/read-tables.js';
import { quoteQualified } from '../sql/quote.js';
import type { MsSession } from '../sql-session.js';
import { readCodePages } from './code-pages.js';
import { comparePartitions } from './compare-partitions.js';
import type { TableDifference } from './compare-tables.js';
import { compareTables } from './compare-tables.js';
import { compareWriting } from './compare-writing.js';
import { healStatements } from './heal-statements.js';
import { knownColumns, tableDefinition, withChanges } from './known-columns.js';
import { OwnedObjects, ownedTable } from './owned-objects.js';
import { SHORT_LOCK } from './short-lock.js';
import { OTHER_OBJECT } from './sql/existing.js';
import { tableParams } from './statement.js';
import { tableFor } from './table-for.js';
import type { TargetFacts } from './target-facts.js';

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
 * table has the name, or a table whose name differs only in case; TYPE_UNSUPPORTED; LOCK_TIMEOUT
 * when the table is in use for longer than a moment
 */
export async function compareExisting(
  session: MsSession,
  model: TableModel,
  target: TableName,
  options: CompareOptions,
  facts: TargetFacts,
): Promise<ExistingTable> {
  const source = tableFor(model);
  const found = await findTable(session, target);
  if (found === null) return { exists: false, rows: 'none', ours: false, changes: [] };
  const owned = await session.transaction(async (query) => OwnedObjects.lock(query, options.owner));
  const mine = owned.get(ownedTable(target));
  const recorded = knownColumns(mine?.definition ?? null, source);
  const differences = [
    ...compareTables({
      ...{ source, target: found, key: model.key },
      known: withChanges(recorded, source, options),
      codePage: await readCodePages(session.query, [source, found]),
    }),
    ...comparePartitions(source, found),
    ...(await compareWriting(session.query, found, target)),
  ];
  refuse(differences, target, options.heal);
  const changes = await heal(session, differences, { source, found, target, facts }, options.owner);
  if (mine !== undefined) await remember(session, source, target, mine.definition, options.owner);
  return { exists: true, rows: await rowsOf(session, target), ours: mine !== undefined, changes };
}

async function findTable(session: MsSession, target: TableName): Promise<MsTable | null> {
  const [found] = await readTables(session.query, {
    only: [target],
    similar: true,
    requires: false,
  });
  if (found !== undefined) {
    if (sameTable(found.name, target)) return nativeTable(found);
    throw collision(target, `the table ${displayName(found.name)}: the names differ only in case`);
  }
  const row = z.object({ kind: z.string() });
  const [other] = await readRows(session.query, OTHER_OBJECT, row, tableParams(target));
  if (other === undefined) return null;
  throw collision(target, `a ${other.kind.toLowerCase().replaceAll('_', ' ')}, not a table`);
}

function refuse(differences: readonly TableDifference[], target: TableName, heal: boolean): void {
  const [first] = differences.filter(
    ({ effect }) => effect === 'fatal' || (effect === 'heal' && !heal),
  );
  if (first === undefined) return;
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `The target table ${displayName(target)} ${first.message}`,
    { remedy: 'Alter the target table to match the source, or resync the table into a new one.' },
  );
}

interface Sides {
  readonly source: MsTable;
  readonly found: MsTable;
  readonly target: TableName;
  readonly facts: TargetFacts;
}

async function heal(
  session: MsSession,
  differences: readonly TableDifference[],
  sides: Sides,
  owner: Owner,
): Promise<ObjectChange[]> {
  const statements = healStatements(differences, sides.source, sides.found, sides);
  if (statements.length > 0) {
    await session.batch(SHORT_LOCK);
    await session.transaction(async (query) => {
      await OwnedObjects.lock(query, owner);
      for (const { sql } of statements) await query(sql);
    });
  }
  const object = displayName(sides.target);
  return differences.map(({ effect, message }) => ({
    kind: 'table',
    object,
    action: effect === 'heal' ? 'altered' : 'left',
    message: effect === 'heal' ? `Mended: ${object} ${message}` : `${object} ${message}`,
  }));
}

/** Keep the source's columns by number, so that a later rename can be told from drop and add. */
async function remember(
  session: MsSession,
  source: MsTable,
  target: TableName,
  definition: string | null,
  owner: Owner,
): Promise<void> {
  const now = tableDefinition(source);
  if (now === definition) return;
  await session.transaction(async (query) => {
    const owned = await OwnedObjects.lock(query, owner);
    await owned.add(ownedTable(target), now);
  });
}

function collision(target: TableName, what: string): SluiceError {
  return new SluiceError('TARGET_COLLISION', `${displayName(target)} on the target is ${what}.`, {
    remedy: 'Choose another target table in the configuration, or rename that object.',
  });
}

async function rowsOf(session: MsSession, target: TableName): Promise<'none' | 'some'> {
  const table = quoteQualified(target.schema, target.table);
  const rows = await session.query(`SELECT TOP (1) 1 AS found FROM ${table}`);
  return rows.length > 0 ? 'some' : 'none';
}
