import { z } from 'zod';
import type { ObjectChange, Owner } from '../../contract/schema.js';
import { flag, readRows } from '../catalog/read-rows.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { MsSession, Query } from '../sql-session.js';
import { attempt } from '../../attempt.js';
import type { WantedKey } from './foreign-key-sql.js';
import { FOREIGN_KEY, keyObject, wantedKeys } from './foreign-key-sql.js';
import type { MappedTables } from './mapped-tables.js';
import { OwnedObjects, ownedTable } from './owned-objects.js';
import { SHORT_LOCK } from './short-lock.js';
import { PRESENT_FOREIGN_KEYS } from './sql/foreign-keys.js';

const presentRow = z.object({
  schema: z.string(),
  table: z.string(),
  name: z.string(),
  disabled: flag,
  notTrusted: flag,
});
type PresentKey = z.infer<typeof presentRow>;

/** Make those that are not there, replace those of ours that changed, drop those that are gone. */
export async function finishForeignKeys(
  session: MsSession,
  tables: MappedTables,
  owner: Owner,
  enforce: boolean,
): Promise<ObjectChange[]> {
  await session.batch(SHORT_LOCK);
  const present = await presentKeys(session.query);
  const owned = await session.transaction(async (query) => OwnedObjects.lock(query, owner));
  const wanted = wantedKeys(tables, enforce);
  const changes: ObjectChange[] = [];
  for (const key of wanted) {
    const ours = owned.get(key.name);
    const isThere = present.has(key.name.object);
    if (isThere && (ours === undefined || ours.definition === definitionOf(key))) continue;
    // On a table that somebody else made, its owner decides about foreign keys.
    if (owned.get(ownedTable(key.child.target)) === undefined) continue;
    const work = async () => addKey(session, owner, key);
    changes.push(...(await attempt(key.name, work)).changes);
  }
  return [...changes, ...(await dropGone(session, tables, owner, owned))];
}

/**
 * Prove the foreign keys that Sluice made and that are enabled on the source, for every row
 * (test/conformance/sqlserver/definitions: "WITH CHECK CHECK CONSTRAINT looks at every row").
 */
export async function validateForeignKeys(
  session: MsSession,
  tables: MappedTables,
  owner: Owner,
): Promise<ObjectChange[]> {
  const present = await presentKeys(session.query);
  const owned = await session.transaction(async (query) => OwnedObjects.lock(query, owner));
  const changes: ObjectChange[] = [];
  for (const { name, child, key, called } of wantedKeys(tables, false)) {
    const found = present.get(name.object);
    if (found === undefined || key.disabled || owned.get(name) === undefined) continue;
    if (!found.disabled && !found.notTrusted) continue;
    const work = async (): Promise<ObjectChange[]> => {
      await session.query(
        `ALTER TABLE ${child.quoted} WITH CHECK CHECK CONSTRAINT ${quoteIdent(called)}`,
      );
      return [{ ...name, action: 'altered', message: `${name.object} holds for every row.` }];
    };
    changes.push(...(await attempt(name, work)).changes);
  }
  return changes;
}

async function presentKeys(query: Query): Promise<Map<string, PresentKey>> {
  const rows = await readRows(query, PRESENT_FOREIGN_KEYS, presentRow);
  return new Map(
    rows.map((row) => [`${quoteQualified(row.schema, row.table)} ${quoteIdent(row.name)}`, row]),
  );
}

async function addKey(session: MsSession, owner: Owner, key: WantedKey): Promise<ObjectChange[]> {
  const { child, called, name, statements } = key;
  const action = await session.transaction(async (query) => {
    const owned = await OwnedObjects.lock(query, owner);
    const replaces = (await presentKeys(query)).has(name.object);
    // Several tables that become visible at once finish the same keys.
    const ours = owned.get(name);
    if (replaces && (ours === undefined || ours.definition === definitionOf(key))) return null;
    if (replaces) {
      await query(`ALTER TABLE ${child.quoted} DROP CONSTRAINT ${quoteIdent(called)}`);
    }
    for (const sql of statements) await query(sql);
    await owned.add(name, definitionOf(key));
    return replaces ? 'replaced' : 'created';
  });
  if (action === null) return [];
  const why =
    key.circle === null
      ? ''
      : `, but is not enforced: ${key.circle} is a circle, which no order of statements fits`;
  return [{ ...name, action, message: `foreign key ${name.object} was ${action}${why}.` }];
}

function definitionOf(key: WantedKey): string {
  return key.statements.join(';\n');
}

/** Keys that Sluice made on a replicated table and that the source no longer has. */
async function dropGone(
  session: MsSession,
  tables: MappedTables,
  owner: Owner,
  owned: OwnedObjects,
): Promise<ObjectChange[]> {
  const sourceKeys = new Set(
    tables.placements.flatMap((child) =>
      child.table.parts.foreignKeys.map(({ name }) => keyObject(child, child.nameOf(name))),
    ),
  );
  const changes: ObjectChange[] = [];
  for (const row of owned.ofKind(FOREIGN_KEY)) {
    const child = tables.placements.find((one) => row.object.startsWith(keyObject(one, null)));
    if (child === undefined || sourceKeys.has(row.object)) continue;
    const called = row.object.slice(keyObject(child, null).length);
    const work = async (): Promise<ObjectChange[]> => {
      await session.transaction(async (query) => {
        const held = await OwnedObjects.lock(query, owner);
        await query(`ALTER TABLE ${child.quoted} DROP CONSTRAINT IF EXISTS ${called}`);
        await held.remove(row);
      });
      const message = `foreign key ${row.object} was dropped: the source has it no longer.`;
      return [{ kind: FOREIGN_KEY, object: row.object, action: 'dropped', message }];
    };
    changes.push(...(await attempt({ kind: FOREIGN_KEY, object: row.object }, work)).changes);
  }
  return changes;
}
