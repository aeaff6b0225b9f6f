import type { ObjectChange, Owner } from '../../contract/schema.js';
import { atOneMoment } from '../catalog/at-one-moment.js';
import { readRoutines, readSchemas, readViews } from '../catalog/object-rows.js';
import type { PgSchema } from '../catalog/read-schema.js';
import { quoteIdent } from '../sql/quote.js';
import type { Query, SqlSession } from '../sql-session.js';
import { sqlStateOf } from '../pg-errors.js';
import { attempt } from '../../attempt.js';
import { SHORT_LOCK } from './foreign-keys.js';
import type { MappedTables } from './mapped-tables.js';
import type { ObjectName } from './object-sql.js';
import { OwnedObjects } from './owned-objects.js';
import type { WantedObject } from './wanted-objects.js';
import { ownObjectNames, wantedObjects } from './wanted-objects.js';

/** A view whose columns, or a function whose result changed: it has to be made anew. */
const NOT_REPLACEABLE = new Set(['42P16', '42P13', '42809']);

/**
 * Views, functions and procedures whose tables are all replicated, those first that others need;
 * what fails is tried again as long as another one succeeds. Only what Sluice made is replaced or
 * dropped, and never with what depends on it.
 */
export async function finishObjects(
  session: SqlSession,
  source: PgSchema,
  tables: MappedTables,
  owner: Owner,
  isWanted: (kind: string) => boolean,
): Promise<ObjectChange[]> {
  const present = await presentDefinitions(session);
  const owned = await session.transaction(async (query) => OwnedObjects.lock(query, owner));
  const changes: ObjectChange[] = [];
  let waiting: WantedObject[] = [];
  for (const wanted of wantedObjects(source, tables)) {
    if (!isWanted(wanted.name.kind)) continue;
    const ours = owned.get(wanted.name);
    const found = present.get(keyOf(wanted.name));
    if (found === undefined || (ours !== undefined && ours.definition !== wanted.sql)) {
      waiting.push(wanted);
    } else if (ours === undefined && found !== wanted.comparable) {
      changes.push(leftAlone(wanted.name));
    }
  }
  for (;;) {
    const round = await makeRound(session, waiting, owner, present);
    changes.push(...round.made);
    if (round.failed.length === 0 || round.failed.length === waiting.length) {
      return [...changes, ...round.trouble, ...(await dropGone(session, source, tables, owner))];
    }
    waiting = round.failed;
  }
}

async function makeRound(
  session: SqlSession,
  waiting: readonly WantedObject[],
  owner: Owner,
  present: ReadonlyMap<string, string | null>,
): Promise<{ made: ObjectChange[]; failed: WantedObject[]; trouble: ObjectChange[] }> {
  const made: ObjectChange[] = [];
  const trouble: ObjectChange[] = [];
  const failed: WantedObject[] = [];
  for (const wanted of waiting) {
    const replaces = present.has(keyOf(wanted.name));
    const result = await attempt(wanted.name, async () =>
      makeObject(session, wanted, owner, replaces),
    );
    if (!result.done) failed.push(wanted);
    (result.done ? made : trouble).push(...result.changes);
  }
  return { made, failed, trouble };
}

async function makeObject(
  session: SqlSession,
  wanted: WantedObject,
  owner: Owner,
  replaces: boolean,
): Promise<ObjectChange[]> {
  let made: boolean;
  try {
    made = await make(session, wanted, owner, false);
  } catch (error) {
    if (!replaces || !NOT_REPLACEABLE.has(sqlStateOf(error) ?? '')) throw error;
    made = await make(session, wanted, owner, true);
  }
  if (!made) return [];
  const action = replaces ? 'replaced' : 'created';
  const { kind, object } = wanted.name;
  return [{ kind, object, action, message: `${kind} ${object} was ${action}.` }];
}

/** False where it was made meanwhile, by another table that became visible at the same time. */
async function make(
  session: SqlSession,
  wanted: WantedObject,
  owner: Owner,
  dropFirst: boolean,
): Promise<boolean> {
  const { kind, object } = wanted.name;
  return session.transaction(async (query) => {
    await query(SHORT_LOCK);
    await query('SET LOCAL check_function_bodies = off');
    const owned = await OwnedObjects.lock(query, owner);
    const isOurs = owned.get(wanted.name)?.definition === wanted.sql;
    if (isOurs && (await readDefinitions(query)).has(keyOf(wanted.name))) return false;
    const schemas = await readSchemas(query);
    if (!schemas.some(({ name }) => name === wanted.schema)) {
      await query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdent(wanted.schema)}`);
      await owned.add({ kind: 'schema', object: quoteIdent(wanted.schema) }, null);
    }
    if (dropFirst) await query(`DROP ${kind} ${object}`);
    await query(wanted.sql);
    for (const comment of wanted.comments) await query(comment);
    await owned.add(wanted.name, wanted.sql);
    return true;
  });
}

/** Text by name of what the target has now. */
async function presentDefinitions(session: SqlSession): Promise<Map<string, string | null>> {
  return atOneMoment(session, readDefinitions);
}

async function readDefinitions(query: Query): Promise<Map<string, string | null>> {
  const objects = [...(await readViews(query)), ...(await readRoutines(query))];
  return new Map(objects.map((object) => [keyOf(ownObjectNames(object)), object.definition]));
}

/** What Sluice made and the source has no longer, whether or not its tables are replicated. */
async function dropGone(
  session: SqlSession,
  source: PgSchema,
  tables: MappedTables,
  owner: Owner,
): Promise<ObjectChange[]> {
  const kept = new Set(
    [...source.views, ...source.routines].flatMap((object) => [
      keyOf(ownObjectNames(object)),
      keyOf(ownObjectNames(object, tables.schemaFor(object.schema))),
    ]),
  );
  const owned = await session.transaction(async (query) => OwnedObjects.lock(query, owner));
  const made = ['view', 'function', 'procedure'].flatMap((kind) => owned.ofKind(kind));
  const changes: ObjectChange[] = [];
  for (const row of made.filter((candidate) => !kept.has(keyOf(candidate)))) {
    const { kind, object } = row;
    const result = await attempt(row, async () => {
      await session.transaction(async (query) => {
        await query(SHORT_LOCK);
        const held = await OwnedObjects.lock(query, owner);
        await query(`DROP ${kind} IF EXISTS ${object}`);
        await held.remove(row);
      });
      const message = `${kind} ${object} was dropped: the source has it no longer.`;
      return [{ kind, object, action: 'dropped', message }];
    });
    changes.push(...result.changes);
  }
  return changes;
}

function leftAlone(name: ObjectName): ObjectChange {
  const message = `${name.kind} ${name.object} differs from the source and is not Sluice's: left alone.`;
  return { ...name, action: 'left', message };
}

function keyOf(name: { kind: string; object: string }): string {
  return `${name.kind} ${name.object}`;
}
