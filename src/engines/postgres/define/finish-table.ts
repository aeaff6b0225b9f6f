import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { ObjectChange, Owner, TableModel } from '../../contract/schema.js';
import type { PgConstraint, PgIndex, PgRelation } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { readTables } from '../catalog/read-tables.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';
import { attempt } from '../../attempt.js';
import { addIndex } from './build-index.js';
import { SHORT_LOCK } from './foreign-keys.js';
import { OwnedObjects, ownedTable } from './owned-objects.js';
import { created, patiently } from './patiently.js';
import { Placement } from './placement.js';

/**
 * Indexes, unique constraints and checks that came on the source since the table was made, for a
 * table that Sluice made. Each is built beside readers and lane, so what cannot be built so (of a
 * partitioned table; an exclusion constraint) is reported instead.
 */
export async function finishTable(
  session: SqlSession,
  model: TableModel,
  target: TableName,
  owner: Owner,
): Promise<ObjectChange[]> {
  const owned = await session.transaction(async (query) => OwnedObjects.lock(query, owner));
  if (owned.get(ownedTable(target)) === undefined) return [];
  const [found] = await readTables(session, { only: [target], requires: false });
  if (found === undefined) return [];
  const placement = new Placement(nativeTable(model), target);
  const source = placement.table.root;
  const { root: live } = nativeTable(found);
  const changes: ObjectChange[] = [];
  for (const index of source.indexes.filter(({ valid, primary }) => valid && !primary)) {
    const name = placement.nameOf(index.name);
    const there = live.indexes.find((one) => one.name === name);
    if (there?.valid === true) continue;
    const made = { index, name, target, constraint: constraintOf(source, index) };
    changes.push(...(await addIndex({ session, owner, source }, made, there !== undefined)));
  }
  const checks = new Set(live.constraints.map(({ name }) => name));
  for (const check of source.constraints.filter(({ type }) => type === 'check')) {
    if (!checks.has(check.name)) changes.push(...(await addCheck(session, check, target)));
  }
  return changes;
}

function constraintOf(source: PgRelation, index: PgIndex): PgConstraint | undefined {
  return source.constraints.find((one) => one.index === index.oid && one.type !== 'foreign');
}

/** Rows are looked at after it counts for new ones, under a lock that nobody waits for. */
async function addCheck(
  session: SqlSession,
  check: PgConstraint,
  target: TableName,
): Promise<ObjectChange[]> {
  const object = { kind: 'check', object: `${check.name} of ${displayName(target)}` };
  const table = quoteQualified(target.schema, target.table);
  const called = quoteIdent(check.name);
  const definition = check.definition.replace(/ NOT VALID$/, '');
  const work = async (): Promise<ObjectChange[]> => {
    await session.transaction(async (query) => {
      await query(SHORT_LOCK);
      await query(`ALTER TABLE ${table} ADD CONSTRAINT ${called} ${definition} NOT VALID`);
    });
    if (check.validated) {
      await patiently(session, async (query) => {
        await query(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${called}`);
      });
    }
    return [created(object)];
  };
  return (await attempt(object, work)).changes;
}
