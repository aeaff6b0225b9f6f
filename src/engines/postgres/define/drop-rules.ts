import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { ObjectChange, Owner, TableModel } from '../../contract/schema.js';
import { nativeTable } from '../catalog/native.js';
import { readTables } from '../catalog/read-tables.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';
import { attempt } from '../../attempt.js';
import { SHORT_LOCK } from './foreign-keys.js';
import { OwnedObjects } from './owned-objects.js';
import type { TableRule } from './table-rules.js';
import { rulesGone, rulesOf } from './table-rules.js';

/**
 * Take away what would refuse rows that the source allows now: of the rules that the target's table
 * has from Sluice (`former`), those that the source has dropped or changed. One that cannot go (a
 * foreign key needs it, the table is in use) is reported as left.
 */
export async function dropRules(
  session: SqlSession,
  model: TableModel,
  target: TableName,
  former: readonly TableRule[],
  owner: Owner,
): Promise<ObjectChange[]> {
  const wanted = rulesOf(nativeTable(model), target);
  const gone = rulesGone(former, wanted);
  if (gone.length === 0) return [];
  const [live] = await readTables(session, { only: [target], requires: false });
  const present = live === undefined ? [] : rulesOf(nativeTable(live), target);
  // A column that was renamed on both sides changes a rule's text on both.
  const refusing = rulesGone(present, wanted).filter((rule) =>
    gone.some(({ kind, name }) => kind === rule.kind && name === rule.name),
  );
  const changes: ObjectChange[] = [];
  for (const rule of refusing) changes.push(...(await dropRule(session, target, rule, owner)));
  return changes;
}

async function dropRule(
  session: SqlSession,
  target: TableName,
  rule: TableRule,
  owner: Owner,
): Promise<ObjectChange[]> {
  const called = quoteIdent(rule.name);
  const sql =
    rule.kind === 'constraint'
      ? `ALTER TABLE ${quoteQualified(target.schema, target.table)} DROP CONSTRAINT ${called}`
      : `DROP INDEX ${quoteIdent(target.schema)}.${called}`;
  const name = { kind: rule.kind, object: `${rule.name} of ${displayName(target)}` };
  const work = async (): Promise<ObjectChange[]> => {
    await session.transaction(async (query) => {
      await query(SHORT_LOCK);
      await OwnedObjects.lock(query, owner);
      await query(sql);
    });
    const message = `${rule.kind} ${name.object} was dropped: the source has it no longer, or otherwise.`;
    return [{ ...name, action: 'dropped', message }];
  };
  return (await attempt(name, work)).changes;
}
