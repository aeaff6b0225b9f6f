/**
 * Both tables have the same columns: names, types, NULLs and all. Needed by
 * test/conformance/sqlserver/partitions: "is refused for other columns".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';
import type { Side } from './switch.js';

interface ColumnRow {
  readonly name: string;
  readonly key: string;
  readonly type: string;
  readonly collation: string | null;
  readonly nullable: boolean;
  readonly computed: string | null;
  readonly persisted: boolean;
  readonly rowGuid: boolean;
  readonly sparse: boolean;
}

export async function checkColumns(
  context: SessionContext,
  source: Side,
  target: Side,
): Promise<void> {
  const mine = await columnsOf(context, source);
  const theirs = await columnsOf(context, target);
  if (mine.length !== theirs.length) {
    throw new SqlError(
      4943,
      `ALTER TABLE SWITCH statement failed because table '${source.name}' has ${String(mine.length)} columns and table '${target.name}' has ${String(theirs.length)} columns.`,
    );
  }
  mine.forEach((column, index) => {
    const other = theirs[index];
    if (other !== undefined) checkColumn(source, target, column, other, index + 1);
  });
}

async function columnsOf(context: SessionContext, { table }: Side): Promise<readonly ColumnRow[]> {
  return context.query<ColumnRow>(
    `SELECT name, key, concat_ws(' ', type, length, precision, scale) AS type, coll AS collation, nullable, computed,
       persisted, row_guid AS "rowGuid", sparse FROM ms.columns WHERE object_id = $1 ORDER BY id`,
    [table.id],
  );
}

type Rule = readonly [number, (a: ColumnRow, b: ColumnRow) => boolean, string];

const RULES: readonly Rule[] = [
  [4944, (a, b) => a.type === b.type, 'data type'],
  [4945, (a, b) => a.collation === b.collation, 'collation'],
  [4961, (a, b) => !(a.nullable && !b.nullable), 'nullability'],
  [4985, (a, b) => a.nullable === b.nullable, 'nullability attribute'],
  [4965, (a, b) => (a.computed === null) === (b.computed === null), 'computed attribute'],
  [4966, (a, b) => a.computed === b.computed, 'computed column definition'],
  [4946, (a, b) => a.persisted === b.persisted, 'persistent attribute'],
  [4958, (a, b) => a.rowGuid === b.rowGuid, 'ROWGUIDCOL property'],
  [11_412, (a, b) => a.sparse === b.sparse, 'sparse storage attribute'],
];

function checkColumn(
  source: Side,
  target: Side,
  mine: ColumnRow,
  theirs: ColumnRow,
  ordinal: number,
): void {
  if (mine.key !== theirs.key) {
    throw new SqlError(
      4942,
      `ALTER TABLE SWITCH statement failed because column '${mine.name}' at ordinal ${String(ordinal)} in table '${source.name}' has a different name than the column '${theirs.name}' at the same ordinal in table '${target.name}'.`,
    );
  }
  const broken = RULES.find(([, holds]) => !holds(mine, theirs));
  if (broken === undefined) return;
  const [number, , what] = broken;
  throw new SqlError(
    number,
    `ALTER TABLE SWITCH statement failed because column '${mine.name}' does not have the same ${what} in tables '${source.name}' and '${target.name}'.`,
  );
}
