import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { ObjectChange, Owner } from '../../contract/schema.js';
import type { PgConstraint, PgIndex, PgRelation } from '../catalog/model.js';
import { sqlStateOf } from '../pg-errors.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { Query, SqlSession } from '../sql-session.js';
import { attempt } from '../../attempt.js';
import { SHORT_LOCK } from './foreign-keys.js';
import type { ObjectName } from './object-sql.js';
import { OwnedObjects } from './owned-objects.js';
import { created, patiently } from './patiently.js';

export interface MadeIndex {
  readonly index: PgIndex;
  readonly name: string;
  readonly target: TableName;
  readonly constraint: PgConstraint | undefined;
}

interface Building {
  readonly session: SqlSession;
  readonly owner: Owner;
  readonly source: PgRelation;
}

/** $1 schema, $2 name: whether a session is at work on it. */
const AT_WORK = `
select from pg_stat_progress_create_index p
  join pg_class c on c.oid = p.index_relid
  join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relname = $2`;
const IS_THERE = `select to_regclass($1) is not null as there`;
const NAME_TAKEN = '42P07';

/**
 * An index beside those who use the table. While it is built its name stands in sluice.owned: a half
 * built one that is not recorded is somebody else's, and left alone.
 *
 * @param there an index of this name is there that is not valid
 */
export async function addIndex(
  { session, owner, source }: Building,
  made: MadeIndex,
  there: boolean,
): Promise<ObjectChange[]> {
  const { name, target, constraint } = made;
  const object = { kind: 'index', object: `${name} of ${displayName(target)}` };
  if (source.kind === 'partitioned' || constraint?.type === 'exclusion') {
    const message = `index ${object.object} is not there: it cannot be built beside those who use the table; make it by hand.`;
    return [{ ...object, action: 'left', message }];
  }
  const build = { kind: 'index', object: quoteQualified(target.schema, name) };
  if (there && !(await isOurs(session, owner, build, made))) {
    const message = `index ${object.object} is not valid, and it is not Sluice's: left alone; end its building, or drop it.`;
    return [{ ...object, action: 'left', message }];
  }
  const work = async (): Promise<ObjectChange[]> => {
    const sql = createSql(made);
    await record(session, owner, (owned) => owned.add(build, sql));
    try {
      await patiently(session, (query) => make(query, build.object, sql, there));
    } catch (error) {
      await forgetOthers({ session, owner }, build, error).catch(() => undefined);
      throw error;
    }
    if (constraint !== undefined) await addConstraint(session, made, constraint);
    await record(session, owner, (owned) => owned.remove(build));
    return [created(object)];
  };
  return (await attempt(object, work)).changes;
}

/** Sluice began it, and nobody builds it at this moment. */
async function isOurs(
  session: SqlSession,
  owner: Owner,
  build: ObjectName,
  { target, name }: MadeIndex,
): Promise<boolean> {
  const owned = await session.transaction(async (query) => OwnedObjects.lock(query, owner));
  if (owned.get(build) === undefined) return false;
  return (await session.query(AT_WORK, [target.schema, name])).length === 0;
}

/** What did not come about, or was there already, is not Sluice's half built one. */
async function forgetOthers(
  { session, owner }: Pick<Building, 'session' | 'owner'>,
  build: ObjectName,
  error: unknown,
): Promise<void> {
  const [row] = await session.query<{ there: boolean }>(IS_THERE, [build.object]);
  const begun = row?.there === true && sqlStateOf(error) !== NAME_TAKEN;
  if (!begun) await record(session, owner, (owned) => owned.remove(build));
}

async function record(
  session: SqlSession,
  owner: Owner,
  change: (owned: OwnedObjects) => Promise<void>,
): Promise<void> {
  await session.transaction(async (query) => change(await OwnedObjects.lock(query, owner)));
}

function createSql({ index, name, target }: MadeIndex): string {
  const unique = index.unique ? 'UNIQUE ' : '';
  const table = quoteQualified(target.schema, target.table);
  return `CREATE ${unique}INDEX CONCURRENTLY ${quoteIdent(name)} ON ${table} USING ${index.tail}`;
}

async function make(query: Query, object: string, sql: string, halfBuilt: boolean): Promise<void> {
  const drop = `DROP INDEX CONCURRENTLY IF EXISTS ${object}`;
  if (halfBuilt) await query(drop);
  try {
    await query(sql);
  } catch (error) {
    // Somebody began one of this name in between.
    if (sqlStateOf(error) !== NAME_TAKEN) await query(drop);
    throw error;
  }
}

/** The index is there: only the catalogue changes. */
async function addConstraint(
  session: SqlSession,
  { name, target }: MadeIndex,
  { definition }: PgConstraint,
): Promise<void> {
  const deferral = / (?:NOT )?DEFERRABLE.*$/.exec(definition)?.[0] ?? '';
  const table = quoteQualified(target.schema, target.table);
  const called = quoteIdent(name);
  await session.transaction(async (query) => {
    await query(SHORT_LOCK);
    await query(
      `ALTER TABLE ${table} ADD CONSTRAINT ${called} UNIQUE USING INDEX ${called}${deferral}`,
    );
  });
}
