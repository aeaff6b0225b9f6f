import type { ObjectChange, Owner } from '../../contract/schema.js';
import type { MsModule } from '../catalog/object-model.js';
import { readModules, readSchemas } from '../catalog/object-rows.js';
import type { MsSession, Query } from '../sql-session.js';
import { OwnedObjects } from './owned-objects.js';
import { makeSchema } from './prepare-table.js';
import type { WantedObject } from './wanted-objects.js';
import { ownObjectName } from './wanted-objects.js';

/**
 * Make a view or routine, or alter it, which leaves its grants. Only where the kind is another one
 * (a procedure that became a view, a scalar function that returns a table) is it dropped first.
 * The server keeps the two settings of the session that makes it.
 */
export async function makeObject(
  session: MsSession,
  wanted: WantedObject,
  owner: Owner,
  found: MsModule | undefined,
): Promise<ObjectChange[]> {
  const { kind, object } = wanted.name;
  const isOther = found !== undefined && found.code !== wanted.code;
  const made = await withSettings(session, wanted, async () =>
    session.transaction(async (query) => {
      const owned = await OwnedObjects.lock(query, owner);
      if (await isMade(query, wanted, owned)) return false;
      await assureSchema(query, wanted.schema, owned);
      if (isOther) await dropOther(query, found, object, owned);
      await query(wanted.sql);
      await owned.add(wanted.name, wanted.sql);
      return true;
    }),
  );
  if (!made) return [];
  const action = found === undefined ? 'created' : 'replaced';
  return [{ kind, object, action, message: `${kind} ${object} was ${action}.` }];
}

/** By another table that became visible at the same time, since the target was looked at. */
async function isMade(query: Query, wanted: WantedObject, owned: OwnedObjects): Promise<boolean> {
  if (owned.get(wanted.name)?.definition !== wanted.sql) return false;
  const modules = await readModules(query);
  return modules.some((module) => ownObjectName(module).object === wanted.name.object);
}

async function dropOther(
  query: Query,
  found: MsModule,
  object: string,
  owned: OwnedObjects,
): Promise<void> {
  await query(`DROP ${found.kind.toUpperCase()} ${object}`);
  await owned.remove({ kind: found.kind, object });
}

async function assureSchema(query: Query, schema: string, owned: OwnedObjects): Promise<void> {
  const schemas = await readSchemas(query);
  if (!schemas.includes(schema)) await makeSchema(query, schema, owned);
}

async function withSettings<T>(
  session: MsSession,
  wanted: WantedObject,
  work: () => Promise<T>,
): Promise<T> {
  const off = [
    ...(wanted.ansiNulls ? [] : ['ANSI_NULLS']),
    ...(wanted.quotedIdentifier ? [] : ['QUOTED_IDENTIFIER']),
  ];
  for (const setting of off) await session.batch(`SET ${setting} OFF`);
  try {
    return await work();
  } finally {
    // What is written on this session later needs them (test/conformance/sqlserver/set-options:
    // "OFF refuses to write a table with a filtered index").
    for (const setting of session.isOpen() ? off : []) await session.batch(`SET ${setting} ON`);
  }
}
