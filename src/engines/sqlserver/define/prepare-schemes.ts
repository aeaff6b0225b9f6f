import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { ObjectChange } from '../../contract/schema.js';
import type { MsTable } from '../catalog/model.js';
import type { MsPartitionScheme } from '../catalog/object-model.js';
import { readSchemes } from '../catalog/partition-rows.js';
import { quoteIdent } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { created, mismatch } from './object-changes.js';
import type { ObjectName, OwnedObjects } from './owned-objects.js';
import { createFunction, createScheme } from './partition-sql.js';
import type { TargetFacts } from './target-facts.js';

/**
 * Partition functions and schemes of a table, where they are not there. One that is there may have
 * other boundaries (the target's partitions are its own affair), but not another type or side.
 *
 * @throws SluiceError SCHEMA_MISMATCH
 */
export async function prepareSchemes(
  query: Query,
  table: MsTable,
  owned: OwnedObjects,
  facts: TargetFacts,
): Promise<ObjectChange[]> {
  await assertSchemesKnown(query, table);
  if (table.parts.schemes.length === 0) return [];
  const changes: ObjectChange[] = [];
  for (const scheme of table.parts.schemes) {
    const present = await readSchemes(query);
    const same = present.find(({ name }) => name === scheme.name);
    if (same !== undefined) {
      assertSameFunction(scheme, same);
      continue;
    }
    const withFunction = present.find((other) => other.function.name === scheme.function.name);
    if (withFunction === undefined) changes.push(await makeFunction(query, scheme, owned, facts));
    else assertSameFunction(scheme, withFunction);
    changes.push(await makeScheme(query, scheme, owned, facts));
  }
  return changes;
}

/** What the catalogue of the source does not describe can be used where the target has it, not made. */
async function assertSchemesKnown(query: Query, table: MsTable): Promise<void> {
  const known = new Set(table.parts.schemes.map(({ name }) => name));
  const used = table.indexes.flatMap(({ partitioned, dataSpace }) =>
    partitioned && dataSpace !== null && !known.has(dataSpace) ? [dataSpace] : [],
  );
  if (used.length === 0) return;
  const present = new Set((await readSchemes(query)).map(({ name }) => name));
  const missing = used.find((name) => !present.has(name));
  if (missing === undefined) return;
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `The catalogue of the source does not tell by which values ${displayName(table.name)} is partitioned.`,
    { remedy: `Make the partition scheme ${quoteIdent(missing)} on the target by hand.` },
  );
}

async function makeFunction(
  query: Query,
  scheme: MsPartitionScheme,
  owned: OwnedObjects,
  facts: TargetFacts,
): Promise<ObjectChange> {
  const name = functionName(scheme);
  const sql = createFunction(scheme.function, facts);
  await query(sql);
  await owned.add(name, sql);
  return created(name);
}

async function makeScheme(
  query: Query,
  scheme: MsPartitionScheme,
  owned: OwnedObjects,
  facts: TargetFacts,
): Promise<ObjectChange> {
  const name = { kind: 'partition scheme', object: quoteIdent(scheme.name) };
  const sql = createScheme(scheme, facts);
  await query(sql);
  await owned.add(name, sql);
  return created(name);
}

function assertSameFunction(wanted: MsPartitionScheme, found: MsPartitionScheme): void {
  const [a, b] = [wanted.function, found.function];
  const same = a.name === b.name && a.isRight === b.isRight && a.type.name === b.type.name;
  if (!same) throw mismatch(functionName(wanted));
}

function functionName(scheme: MsPartitionScheme): ObjectName {
  return { kind: 'partition function', object: quoteIdent(scheme.function.name) };
}
