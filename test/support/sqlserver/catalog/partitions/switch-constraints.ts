/**
 * What the target promises of its rows the source has to promise as well. Needed by
 * test/conformance/sqlserver/partitions: "is refused where the target has a check" and
 * test/conformance/sqlserver/partitions: "is refused out of a table whose keys a foreign key refers
 * to".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import { checksOf } from './checks-of.js';
import type { CheckRow } from './checks-of.js';
import { isImplied } from './switch-range.js';
import type { Side } from './switch.js';

interface ForeignKeyRow {
  readonly name: string;
  readonly shape: string;
  readonly disabled: boolean;
  readonly notTrusted: boolean;
}

export async function checkConstraints(
  context: SessionContext,
  source: Side,
  target: Side,
): Promise<void> {
  await refuseReferenced(context, source);
  checkForeignKeys(
    source,
    target,
    await foreignKeys(context, source),
    await foreignKeys(context, target),
  );
  const needed: CheckRow[] = [];
  for (const check of await checksOf(context, target)) {
    if (!check.disabled && !(await isImplied(context, source, check))) needed.push(check);
  }
  checkChecks(source, target, await checksOf(context, source), needed);
}

async function refuseReferenced(context: SessionContext, source: Side): Promise<void> {
  const [row] = await context.query<{ name: string }>(
    `SELECT o.name FROM ms.foreign_keys AS f JOIN ms.objects AS o ON o.id = f.id WHERE f.referenced = $1`,
    [source.table.id],
  );
  if (row === undefined) return;
  throw new SqlError(
    4967,
    `ALTER TABLE SWITCH statement failed. SWITCH is not allowed because source table '${source.name}' contains primary key for constraint '${row.name}'.`,
  );
}

async function foreignKeys(
  context: SessionContext,
  { table }: Side,
): Promise<readonly ForeignKeyRow[]> {
  return context.query<ForeignKeyRow>(
    `SELECT o.name, f.disabled, f.not_trusted AS "notTrusted", concat_ws(' ', f.referenced, f.on_delete, f.on_update,
       (SELECT string_agg(k.key || '>' || c.referenced_column, ',' ORDER BY c.ordinal) FROM ms.foreign_key_columns AS c
         JOIN ms.columns AS k ON k.object_id = f.parent AND k.id = c.parent_column WHERE c.id = f.id)) AS shape
     FROM ms.foreign_keys AS f JOIN ms.objects AS o ON o.id = f.id WHERE f.parent = $1 ORDER BY o.id`,
    [table.id],
  );
}

function checkForeignKeys(
  source: Side,
  target: Side,
  mine: readonly ForeignKeyRow[],
  theirs: readonly ForeignKeyRow[],
): void {
  for (const key of theirs) {
    const twin = mine.find(({ shape }) => shape === key.shape);
    if (twin === undefined) {
      throw new SqlError(
        4968,
        `ALTER TABLE SWITCH statement failed. Target table '${target.name}' has foreign key for constraint '${key.name}' but source table '${source.name}' does not have corresponding key.`,
      );
    }
    if (twin.disabled && !key.disabled) {
      throw new SqlError(
        4969,
        `ALTER TABLE SWITCH statement failed. Foreign key constraint '${twin.name}' is disabled in source table '${source.name}' and the corresponding constraint '${key.name}' is enabled in target table '${target.name}'.`,
      );
    }
    if (twin.notTrusted && !key.notTrusted) {
      throw new SqlError(
        4974,
        `ALTER TABLE SWITCH statement failed. Foreign key constraint '${twin.name}' is NOCHECK in source table '${source.name}' and the corresponding constraint '${key.name}' is CHECK in target table '${target.name}'.`,
      );
    }
  }
}

function checkChecks(
  source: Side,
  target: Side,
  mine: readonly CheckRow[],
  theirs: readonly CheckRow[],
): void {
  for (const check of theirs) {
    const twin = mine.find(({ definition }) => definition === check.definition);
    if (twin === undefined) {
      const where = check.column === 0 ? 'table' : 'column';
      throw new SqlError(
        check.column === 0 ? 4970 : 4971,
        `ALTER TABLE SWITCH statement failed. Target table '${target.name}' has a ${where} level check constraint '${check.name}' but the source table '${source.name}' does not have a corresponding constraint.`,
      );
    }
    if (twin.notForReplication !== check.notForReplication) {
      throw new SqlError(
        4975,
        `ALTER TABLE SWITCH statement failed. Check constraint '${twin.name}' in source table '${source.name}' and check constraint '${check.name}' in target table '${target.name}' have different 'Not For Replication' settings.`,
      );
    }
    if ((twin.disabled || twin.notTrusted) && !check.notTrusted) {
      throw new SqlError(
        4960,
        `ALTER TABLE SWITCH statement failed. Check constraint '${twin.name}' in source table '${source.name}' is NOCHECK constraint but the matching check constraint '${check.name}' in target table '${target.name}' is CHECK.`,
      );
    }
  }
}
