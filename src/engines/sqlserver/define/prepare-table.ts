import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import type { ObjectChange, Owner, TableModel } from '../../contract/schema.js';
import type { MsTable } from '../catalog/model.js';
import type { MsObject } from '../catalog/object-model.js';
import { readAliasTypes, readModules, readSchemas, readSequences } from '../catalog/object-rows.js';
import { quoteIdent } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { created, left, mismatch } from './object-changes.js';
import { createObject, objectName } from './object-sql.js';
import type { ObjectName } from './owned-objects.js';
import { keyOf, OwnedObjects } from './owned-objects.js';
import { prepareSchemes } from './prepare-schemes.js';
import { tableFor } from './table-for.js';
import type { TargetFacts } from './target-facts.js';

/**
 * Make the schemas and everything that the table requires, in one transaction of the caller.
 * Nothing that is there already is changed, but for the text of a function that Sluice made.
 *
 * @throws SluiceError SCHEMA_MISMATCH when a type or partition function of that name is another
 * one; TYPE_UNSUPPORTED naming the column, for a table of another engine
 */
export async function prepareTable(
  query: Query,
  model: TableModel,
  target: TableName,
  owner: Owner,
  facts: TargetFacts,
): Promise<ObjectChange[]> {
  const table = tableFor(model);
  const owned = await OwnedObjects.lock(query, owner);
  return [
    ...(await makeSchemas(query, table, target, owned)),
    ...(await prepareSchemes(query, table, owned, facts)),
    ...(await makeObjects(query, table, owned)),
  ];
}

async function makeSchemas(
  query: Query,
  table: MsTable,
  target: TableName,
  owned: OwnedObjects,
): Promise<ObjectChange[]> {
  const present = new Set((await readSchemas(query)).map((name) => name.toLowerCase()));
  const wanted = new Set([target.schema, ...table.parts.requires.map(({ schema }) => schema)]);
  const changes: ObjectChange[] = [];
  for (const schema of wanted) {
    if (present.has(schema.toLowerCase())) continue;
    changes.push(await makeSchema(query, schema, owned));
  }
  return changes;
}

/** CREATE SCHEMA has to be alone in its batch. */
export async function makeSchema(
  query: Query,
  schema: string,
  owned: OwnedObjects,
): Promise<ObjectChange> {
  const name = { kind: 'schema', object: quoteIdent(schema) };
  await query(`CREATE SCHEMA ${quoteIdent(schema)}`);
  await owned.add(name, null);
  return created(name);
}

async function makeObjects(
  query: Query,
  table: MsTable,
  owned: OwnedObjects,
): Promise<ObjectChange[]> {
  const { requires } = table.parts;
  if (requires.length === 0) return [];
  const present = await presentObjects(query);
  const changes: ObjectChange[] = [];
  for (const object of requires) {
    const name = objectName(object);
    const existing = present.get(keyOf(name));
    const sql = createObject(object);
    if (sql === null) {
      if (existing === undefined) throw noText(name);
    } else if (existing === undefined) {
      changes.push(await make(query, name, sql, owned));
    } else {
      changes.push(...(await reconcile(query, object, existing, sql, owned)));
    }
  }
  return changes;
}

/** What the target has, by the name that sluice.owned would give it. */
async function presentObjects(query: Query): Promise<Map<string, MsObject>> {
  const objects = [
    ...(await readAliasTypes(query)),
    ...(await readSequences(query)),
    ...(await readModules(query)),
  ];
  return new Map(objects.map((object) => [keyOf(objectName(object)), object]));
}

async function make(
  query: Query,
  name: ObjectName,
  sql: string,
  owned: OwnedObjects,
): Promise<ObjectChange> {
  await query(sql);
  await owned.add(name, sql);
  return created(name);
}

async function reconcile(
  query: Query,
  object: MsObject,
  existing: MsObject,
  sql: string,
  owned: OwnedObjects,
): Promise<ObjectChange[]> {
  const name = objectName(object);
  if (object.kind === 'sequence' || createObject(existing) === sql) return [];
  if (object.kind === 'type') throw mismatch(name);
  const ours = owned.get(name);
  if (ours === undefined) return [left(name)];
  if (ours.definition === sql) return [];
  await make(query, name, sql, owned);
  const message = `${name.kind} ${name.object} now reads as on the source.`;
  return [{ ...name, action: 'replaced', message }];
}

function noText(name: ObjectName): SluiceError {
  return new SluiceError(
    'PERMISSION_DENIED',
    `The ${name.kind} ${name.object}, which a table needs, is encrypted or hidden from the login.`,
    { remedy: 'Grant VIEW DEFINITION on the source, or make it on the target by hand.' },
  );
}
