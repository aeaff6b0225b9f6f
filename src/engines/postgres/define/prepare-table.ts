import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import type { ObjectChange, Owner, TableModel } from '../../contract/schema.js';
import { nativeTable } from '../catalog/native.js';
import type { PgEnum, PgObject } from '../catalog/object-model.js';
import { readSchemas } from '../catalog/object-rows.js';
import { nodeOf, readObjects } from '../catalog/required-objects.js';
import { readSequences } from '../catalog/sequence-rows.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { alterDomain } from './alter-domain.js';
import { createObject, objectName } from './object-sql.js';
import type { ObjectName } from './object-sql.js';
import { OwnedObjects } from './owned-objects.js';
import { Placement } from './placement.js';

/**
 * Make the schemas and everything that the table requires, in one transaction of the caller.
 * Nothing that is there already is changed, but for new labels of an enum, the checks of a domain and
 * the text of a routine that Sluice made.
 *
 * @throws SluiceError SCHEMA_MISMATCH when a type of that name is another one
 */
export async function prepareTable(
  query: Query,
  model: TableModel,
  target: TableName,
  owner: Owner,
): Promise<ObjectChange[]> {
  const placement = new Placement(nativeTable(model), target);
  const owned = await OwnedObjects.lock(query, owner);
  const changes = await makeSchemas(query, placement, owned);
  const { requires } = placement.table;
  if (requires.length === 0) return changes;
  await query('SET LOCAL check_function_bodies = off');
  const present = await presentObjects(query);
  for (const object of requires) {
    const place = placeOf(object, placement);
    const existing = present.get(keyOf(objectName(object, place)));
    const made =
      existing === undefined
        ? await make(query, object, place, owned)
        : await reconcile(query, object, existing, place, owned);
    changes.push(...made);
  }
  return changes;
}

async function makeSchemas(
  query: Query,
  placement: Placement,
  owned: OwnedObjects,
): Promise<ObjectChange[]> {
  const { members, requires } = placement.table;
  const wanted = new Set([
    ...members.map((member) => placement.finalMember(member).schema),
    ...requires.map((object) => placeOf(object, placement).schema),
  ]);
  const present = new Set((await readSchemas(query)).map((schema) => schema.name));
  const changes: ObjectChange[] = [];
  for (const schema of wanted) {
    if (present.has(schema) || schema === 'pg_catalog') continue;
    await query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdent(schema)}`);
    await owned.add({ kind: 'schema', object: quoteIdent(schema) }, null);
    changes.push(created({ kind: 'schema', object: quoteIdent(schema) }));
  }
  return changes;
}

/** What the target has, by the name that sluice.owned would give it. */
async function presentObjects(query: Query): Promise<Map<string, PgObject>> {
  const objects = [...(await readObjects(query)).values(), ...(await readSequences(query))];
  const unique = new Map(objects.map((object) => [nodeOf(object), object]));
  return new Map(
    [...unique.values()].map((object) => {
      const place = { schema: object.schema, table: object.name };
      return [keyOf(objectName(object, place)), object];
    }),
  );
}

async function make(
  query: Query,
  object: PgObject,
  place: TableName,
  owned: OwnedObjects,
): Promise<ObjectChange[]> {
  const name = objectName(object, place);
  const statements = createObject(object, place);
  for (const statement of statements) await query(statement);
  await owned.add(name, statements[0] ?? null);
  return [created(name)];
}

async function reconcile(
  query: Query,
  object: PgObject,
  existing: PgObject,
  place: TableName,
  owned: OwnedObjects,
): Promise<ObjectChange[]> {
  if (object.kind === 'other type' || object.kind === 'sequence') return [];
  if (object.kind === 'extension') return extensionIn(object, existing);
  if (object.kind === 'enum' && existing.kind === 'enum') {
    return addLabels(query, object, existing, place, owned);
  }
  // A routine in C that somebody made by hand has no text to compare.
  if ('definition' in object && object.definition === null) return [];
  const [wanted] = createObject(object, place);
  const [found] = createObject(existing, place);
  if (wanted === found) return [];
  const name = objectName(object, place);
  if (object.kind === 'domain' && existing.kind === 'domain' && owned.get(name) !== undefined) {
    const statements = alterDomain(name.object, object, existing);
    if (statements === null) throw mismatch(name);
    for (const statement of statements) await query(statement);
    return statements.length === 0 ? [] : [altered(name, 'now checks what it does on the source')];
  }
  if (object.kind === 'function' || object.kind === 'procedure') {
    if (owned.get(name) === undefined) return [left(name)];
    return (await make(query, object, place, owned)).map((change) => ({
      ...change,
      action: 'replaced',
      message: `${name.kind} ${name.object} now reads as on the source.`,
    }));
  }
  if (object.kind === 'collation') return [left(name)];
  throw mismatch(name);
}

function extensionIn(object: PgObject, existing: PgObject): ObjectChange[] {
  if (object.schema === existing.schema) return [];
  throw new SluiceError(
    'SCHEMA_MISMATCH',
    `The extension ${object.name} is in schema ${existing.schema} on the target and in ${object.schema} on the source.`,
    { remedy: `Run ALTER EXTENSION … SET SCHEMA ${object.schema} on the target.` },
  );
}

/** New labels go where the source has them; a removed or renamed label is a mismatch. */
async function addLabels(
  query: Query,
  wanted: PgEnum,
  found: PgEnum,
  place: TableName,
  owned: OwnedObjects,
): Promise<ObjectChange[]> {
  const name = objectName(wanted, place);
  const common = wanted.labels.filter((label) => found.labels.includes(label));
  if (common.join('\0') !== found.labels.join('\0')) throw mismatch(name);
  const added = wanted.labels.filter((label) => !found.labels.includes(label));
  if (added.length === 0) return [];
  if (owned.get(name) === undefined) throw mismatch(name);
  for (const label of added) {
    const before = wanted.labels[wanted.labels.indexOf(label) - 1];
    const position =
      before === undefined
        ? `BEFORE ${quoteLiteral(found.labels[0] ?? '')}`
        : `AFTER ${quoteLiteral(before)}`;
    const only = found.labels.length === 0 && before === undefined ? '' : ` ${position}`;
    await query(`ALTER TYPE ${name.object} ADD VALUE ${quoteLiteral(label)}${only}`);
  }
  return [altered(name, `got ${String(added.length)} new labels`)];
}

function placeOf(object: PgObject, placement: Placement): TableName {
  if (object.kind === 'sequence') return placement.standalone(object);
  return { schema: object.schema, table: object.name };
}

function keyOf(name: ObjectName): string {
  return `${name.kind} ${name.object}`;
}

function created(name: ObjectName): ObjectChange {
  return { ...name, action: 'created', message: `${name.kind} ${name.object} was made.` };
}

function altered(name: ObjectName, how: string): ObjectChange {
  return { ...name, action: 'altered', message: `${name.kind} ${name.object} ${how}.` };
}

function left(name: ObjectName): ObjectChange {
  const message = `${name.kind} ${name.object} differs from the source and is not Sluice's: left alone.`;
  return { ...name, action: 'left', message };
}

function mismatch(name: ObjectName): SluiceError {
  return new SluiceError(
    'SCHEMA_MISMATCH',
    `The ${name.kind} ${name.object} on the target differs from the one on the source.`,
    { remedy: 'Alter it on the target to match, or drop it there if nothing uses it.' },
  );
}
