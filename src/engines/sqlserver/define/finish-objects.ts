import type { ObjectChange, Owner } from '../../contract/schema.js';
import type { MsModule } from '../catalog/object-model.js';
import { readModules } from '../catalog/object-rows.js';
import type { MsSchema } from '../catalog/read-schema.js';
import type { MsSession } from '../sql-session.js';
import { attempt } from '../../attempt.js';
import { makeObject } from './make-object.js';
import type { MappedTables } from './mapped-tables.js';
import { createOrAlter } from './module-text.js';
import { left } from './object-changes.js';
import { keyOf, OwnedObjects } from './owned-objects.js';
import { SHORT_LOCK } from './short-lock.js';
import type { WantedObject } from './wanted-objects.js';
import { ownObjectName, wantedObjects } from './wanted-objects.js';

type Present = ReadonlyMap<string, MsModule>;

/**
 * Views, functions and procedures whose tables are all replicated, those first that others need;
 * what fails is tried again as long as another one succeeds, since a text may name what the
 * catalogue does not know of. Only what Sluice made is replaced or dropped.
 */
export async function finishObjects(
  session: MsSession,
  source: MsSchema,
  tables: MappedTables,
  owner: Owner,
  isWanted: (kind: string) => boolean,
): Promise<ObjectChange[]> {
  await session.batch(SHORT_LOCK);
  const present = await presentModules(session);
  const owned = await session.transaction(async (query) => OwnedObjects.lock(query, owner));
  const { objects, left: leftOut } = wantedObjects(source, tables);
  const changes = leftOut.filter(({ kind }) => isWanted(kind));
  let waiting: WantedObject[] = [];
  for (const wanted of objects.filter(({ name }) => isWanted(name.kind))) {
    const verdict = decide(wanted, present, owned);
    if (verdict === 'make') waiting.push(wanted);
    else if (verdict === 'leave') changes.push(left(wanted.name));
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

function decide(
  wanted: WantedObject,
  present: Present,
  owned: OwnedObjects,
): 'make' | 'leave' | 'nothing' {
  const ours = owned.get(wanted.name);
  const found = present.get(wanted.name.object);
  if (found === undefined) return 'make';
  if (ours !== undefined) return ours.definition === wanted.sql ? 'nothing' : 'make';
  const text = createOrAlter(found, found, []);
  return text === wanted.sql ? 'nothing' : 'leave';
}

async function makeRound(
  session: MsSession,
  waiting: readonly WantedObject[],
  owner: Owner,
  present: Present,
): Promise<{ made: ObjectChange[]; failed: WantedObject[]; trouble: ObjectChange[] }> {
  const made: ObjectChange[] = [];
  const trouble: ObjectChange[] = [];
  const failed: WantedObject[] = [];
  for (const wanted of waiting) {
    const found = present.get(wanted.name.object);
    const work = async () => makeObject(session, wanted, owner, found);
    const result = await attempt(wanted.name, work);
    if (!result.done) failed.push(wanted);
    (result.done ? made : trouble).push(...result.changes);
  }
  return { made, failed, trouble };
}

/** By quoted name: in one schema a view and a procedure cannot have the same. */
async function presentModules(session: MsSession): Promise<Present> {
  const modules = await readModules(session.query);
  return new Map(modules.map((module) => [ownObjectName(module).object, module]));
}

/** What Sluice made and the source has no longer, whether or not its tables are replicated. */
async function dropGone(
  session: MsSession,
  source: MsSchema,
  tables: MappedTables,
  owner: Owner,
): Promise<ObjectChange[]> {
  const kept = new Set(
    source.modules.flatMap((module) => [
      keyOf(ownObjectName(module)),
      keyOf(ownObjectName(module, tables.schemaFor(module.schema))),
    ]),
  );
  const owned = await session.transaction(async (query) => OwnedObjects.lock(query, owner));
  const made = ['view', 'function', 'procedure'].flatMap((kind) => owned.ofKind(kind));
  const changes: ObjectChange[] = [];
  for (const row of made.filter((candidate) => !kept.has(keyOf(candidate)))) {
    const { kind, object } = row;
    const result = await attempt(row, async () => {
      await session.transaction(async (query) => {
        const held = await OwnedObjects.lock(query, owner);
        await query(`DROP ${kind.toUpperCase()} IF EXISTS ${object}`);
        await held.remove(row);
      });
      const message = `${kind} ${object} was dropped: the source has it no longer.`;
      return [{ kind, object, action: 'dropped', message }];
    });
    changes.push(...result.changes);
  }
  return changes;
}
