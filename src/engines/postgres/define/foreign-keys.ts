import { z } from 'zod';
import type { ObjectChange, Owner } from '../../contract/schema.js';
import type { PgConstraint } from '../catalog/model.js';
import { readRows } from '../catalog/read-rows.js';
import { NO_STATEMENT_TIMEOUT } from '../full-sync/target-context.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { Query, SqlSession } from '../sql-session.js';
import { attempt } from '../../attempt.js';
import { commentOn } from './comment-sql.js';
import type { MappedTables, PlacedRelation } from './mapped-tables.js';
import type { ObjectName } from './object-sql.js';
import { OwnedObjects, ownedTable } from './owned-objects.js';
import type { TargetFacts } from './target-facts.js';

const FIRST_NOT_VALID_PARTITIONED = 180_000;
const FIRST_NOT_ENFORCED = 180_000;
const KIND = 'foreign key';

/** A lock for longer would keep the target's readers and the lane waiting. */
export const SHORT_LOCK = `SET LOCAL lock_timeout = '3s'`;

const FOREIGN_KEYS = `
select n.nspname::text as schema, c.relname::text as table, con.conname::text as name,
       con.convalidated as validated
  from pg_constraint con
  join pg_class c on c.oid = con.conrelid
  join pg_namespace n on n.oid = c.relnamespace
 where con.contype = 'f' and con.conparentid = 0`;

const foreignKeyRow = z.object({
  schema: z.string(),
  table: z.string(),
  name: z.string(),
  validated: z.boolean(),
});

/** What the statements depend on. */
export interface KeyFacts extends TargetFacts {
  /** Checked when a transaction ends, so that the order of its statements does not matter. */
  readonly enforce: boolean;
  /** The login may switch foreign keys off for its sessions. */
  readonly quiet: boolean;
}

interface WantedKey {
  readonly name: ObjectName;
  readonly child: PlacedRelation;
  readonly constraint: PgConstraint;
  readonly sql: string;
  /** It would be enforced against the stream, and its actions would change rows of the children. */
  readonly harmful: boolean;
}

/**
 * The foreign keys whose two tables are replicated, without validation where the server can: rows
 * of a table that is still copying may be missing, and a scan under a lock would hold up the lane.
 */
export async function finishForeignKeys(
  session: SqlSession,
  tables: MappedTables,
  owner: Owner,
  facts: KeyFacts,
): Promise<ObjectChange[]> {
  const { present, owned } = await readKeys(session, owner);
  const changes: ObjectChange[] = [];
  for (const key of wantedKeys(tables, facts)) {
    const ours = owned.get(key.name);
    const isThere = present.has(key.name.object);
    if (key.harmful) {
      changes.push(...(await leaveOut(session, owner, key, isThere && ours !== undefined)));
      continue;
    }
    if (isThere && (ours === undefined || ours.definition === key.sql)) continue;
    if (owned.get(ownedTable(key.child.placement.target)) === undefined) continue;
    const work = async () => addKey(session, owner, key);
    changes.push(...(await attempt(key.name, work)).changes);
  }
  return [...changes, ...(await dropGone(session, tables, owner, owned))];
}

/** Check the rows of the foreign keys that Sluice made and that are valid on the source. */
export async function validateForeignKeys(
  session: SqlSession,
  tables: MappedTables,
  owner: Owner,
  facts: KeyFacts,
): Promise<ObjectChange[]> {
  const { present, owned } = await readKeys(session, owner);
  const changes: ObjectChange[] = [];
  for (const { name, child, constraint } of wantedKeys(tables, facts)) {
    if (present.get(name.object) !== false || !constraint.validated) continue;
    if (owned.get(name) === undefined) continue;
    const table = quoteQualified(child.place.schema, child.place.table);
    const work = async (): Promise<ObjectChange[]> => {
      const called = quoteIdent(constraint.name);
      await session.transaction(async (query) => {
        await query(NO_STATEMENT_TIMEOUT);
        await query(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${called}`);
      });
      return [{ ...name, action: 'altered', message: `${name.object} holds for every row.` }];
    };
    changes.push(...(await attempt(name, work)).changes);
  }
  return changes;
}

/** The keys that are there, and which of them Sluice made. */
async function readKeys(
  session: SqlSession,
  owner: Owner,
): Promise<{ present: Map<string, boolean>; owned: OwnedObjects }> {
  const present = await presentKeys(session.query);
  const owned = await session.transaction(async (query) => OwnedObjects.lock(query, owner));
  return { present, owned };
}

/** By name: whether it is validated. */
async function presentKeys(query: Query): Promise<Map<string, boolean>> {
  const rows = await readRows(query, FOREIGN_KEYS, foreignKeyRow);
  return new Map(
    rows.map(({ schema, table, name, validated }) => [
      keyObject({ schema, table }, name),
      validated,
    ]),
  );
}

function wantedKeys(tables: MappedTables, facts: KeyFacts): WantedKey[] {
  return tables
    .all()
    .flatMap((child) =>
      child.relation.constraints
        .filter(({ type, parent }) => type === 'foreign' && parent === null)
        .flatMap((constraint) => wantedKey(child, constraint, tables, facts)),
    );
}

function wantedKey(
  child: PlacedRelation,
  constraint: PgConstraint,
  tables: MappedTables,
  facts: KeyFacts,
): WantedKey[] {
  const { references } = constraint;
  const parent = references === null ? undefined : tables.byOid(references.oid);
  if (references === null || parent === undefined) return [];
  const unenforced = references.tail.includes('NOT ENFORCED');
  if (unenforced && facts.version < FIRST_NOT_ENFORCED) return [];
  const partitioned = child.relation.kind === 'partitioned';
  const acts = !unenforced && !facts.enforce && !facts.quiet;
  const later =
    !unenforced &&
    !acts &&
    constraint.validated &&
    (!partitioned || facts.version >= FIRST_NOT_VALID_PARTITIONED);
  const [from, to] = [child.place, parent.place].map((at) => quoteQualified(at.schema, at.table));
  const keys = [constraint.columns, references.columns].map((columns) =>
    columnList(columns, references.period),
  );
  const sql =
    `ALTER TABLE ${from ?? ''} ADD CONSTRAINT ${quoteIdent(constraint.name)} ` +
    `FOREIGN KEY (${keys[0] ?? ''}) REFERENCES ${to ?? ''} (${keys[1] ?? ''})${tailOf(references.tail, facts)}` +
    (later ? ' NOT VALID' : '');
  const object = keyObject(child.place, constraint.name);
  const harmful = acts && facts.version < FIRST_NOT_ENFORCED;
  return [{ name: { kind: KIND, object }, child, constraint, sql, harmful }];
}

function tailOf(tail: string, { enforce, quiet }: KeyFacts): string {
  if (tail.includes('NOT ENFORCED')) return tail;
  if (!enforce) return quiet ? tail : `${tail.replace(' NOT VALID', '')} NOT ENFORCED`;
  const rest = tail.replace(/ (NOT )?DEFERRABLE| INITIALLY (DEFERRED|IMMEDIATE)/g, '');
  return `${rest} DEFERRABLE INITIALLY DEFERRED`;
}

function columnList(columns: readonly string[], period: boolean): string {
  const last = columns.length - 1;
  return columns
    .map((column, at) => (period && at === last ? 'PERIOD ' : '') + quoteIdent(column))
    .join(', ');
}

/** Neither made nor kept; the message says so once. */
async function leaveOut(
  session: SqlSession,
  owner: Owner,
  { name, child, constraint }: WantedKey,
  drops: boolean,
): Promise<ObjectChange[]> {
  const why =
    'the login may not set session_replication_role, so it would be enforced against the stream, and version 18 is the first that can leave it unenforced';
  if (!drops) {
    const message = `foreign key ${name.object} is not made: ${why}.`;
    return [{ ...name, action: 'left', message }];
  }
  const table = quoteQualified(child.place.schema, child.place.table);
  const message = `foreign key ${name.object} was dropped: ${why}.`;
  const work = async (): Promise<ObjectChange[]> => {
    await session.transaction(async (query) => {
      await query(SHORT_LOCK);
      const owned = await OwnedObjects.lock(query, owner);
      await query(`ALTER TABLE ${table} DROP CONSTRAINT ${quoteIdent(constraint.name)}`);
      await owned.remove(name);
    });
    return [{ ...name, action: 'dropped', message }];
  };
  return (await attempt(name, work)).changes;
}

async function addKey(session: SqlSession, owner: Owner, key: WantedKey): Promise<ObjectChange[]> {
  const { child, constraint, name, sql } = key;
  const table = quoteQualified(child.place.schema, child.place.table);
  const called = quoteIdent(constraint.name);
  const action = await session.transaction(async (query) => {
    await query(SHORT_LOCK);
    const owned = await OwnedObjects.lock(query, owner);
    const replaces = (await presentKeys(query)).has(name.object);
    // Several tables that become visible at once finish the same keys.
    const ours = owned.get(name);
    if (replaces && (ours === undefined || ours.definition === sql)) return null;
    if (replaces) await query(`ALTER TABLE ${table} DROP CONSTRAINT ${called}`);
    await query(sql);
    const comments = commentOn('CONSTRAINT', `${called} ON ${table}`, constraint.comment);
    for (const comment of comments) await query(comment);
    await owned.add(name, sql);
    return replaces ? 'replaced' : 'created';
  });
  if (action === null) return [];
  return [{ ...name, action, message: `foreign key ${name.object} was ${action}.` }];
}

/** Keys that Sluice made on a replicated table and that the source no longer has. */
async function dropGone(
  session: SqlSession,
  tables: MappedTables,
  owner: Owner,
  owned: OwnedObjects,
): Promise<ObjectChange[]> {
  const changes: ObjectChange[] = [];
  const sourceKeys = new Set(
    tables
      .all()
      .flatMap(({ place, relation }) =>
        relation.constraints
          .filter(({ type }) => type === 'foreign')
          .map(({ name }) => keyObject(place, name)),
      ),
  );
  for (const row of owned.ofKind(KIND)) {
    const child = tables.all().find(({ place }) => row.object.startsWith(keyObject(place, null)));
    if (child === undefined || sourceKeys.has(row.object)) continue;
    const table = quoteQualified(child.place.schema, child.place.table);
    const called = row.object.slice(keyObject(child.place, null).length);
    const work = async (): Promise<ObjectChange[]> => {
      await session.transaction(async (query) => {
        await query(SHORT_LOCK);
        const held = await OwnedObjects.lock(query, owner);
        await query(`ALTER TABLE IF EXISTS ${table} DROP CONSTRAINT IF EXISTS ${called}`);
        await held.remove(row);
      });
      const message = `foreign key ${row.object} was dropped: the source has it no longer.`;
      return [{ kind: KIND, object: row.object, action: 'dropped', message }];
    };
    changes.push(...(await attempt({ kind: KIND, object: row.object }, work)).changes);
  }
  return changes;
}

/** `"schema"."table" "name"`; without a name, the beginning that all keys of a table share. */
function keyObject(table: { schema: string; table: string }, name: string | null): string {
  const child = quoteQualified(table.schema, table.table);
  return `${child} ${name === null ? '' : quoteIdent(name)}`;
}
