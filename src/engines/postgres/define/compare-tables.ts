import type { TableModel } from '../../contract/schema.js';
import type { PgColumn, PgTable } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { isConstant } from './constant-default.js';
import { comparePartitions } from './compare-partitions.js';

export type DifferenceKind =
  | 'column missing'
  | 'column extra'
  | 'column renamed'
  | 'column dropped'
  | 'type'
  | 'nullable'
  | 'generated'
  | 'key'
  | 'partition missing'
  | 'partition extra'
  | 'partition bound';

/**
 * harmless: rows still go through unchanged. heal: mended in place by healStatements.
 * fatal: the table has to be altered by hand or synchronized anew.
 */
export type Effect = 'harmless' | 'heal' | 'fatal';

export interface TableDifference {
  readonly kind: DifferenceKind;
  readonly effect: Effect;
  /** The column on the source, or the target's where the source has none; or a partition. */
  readonly subject: string;
  /** The name on the target where it differs (a renamed column). */
  readonly former: string | null;
  /** A sentence that follows the table's name. */
  readonly message: string;
}

/** The source's columns by attnum as they were when the target last matched them. */
export type KnownColumns = ReadonlyMap<number, string>;

/**
 * What keeps a target table from taking the source's rows and changes. Names, order of columns,
 * indexes and checks of the target are its own affair. With `known`, columns that were renamed or
 * dropped on the source are told from columns that only the target has. `filled`: a copy follows, so
 * that a column may be added without the values of its rows.
 */
export function compareTables(
  sourceModel: TableModel,
  targetModel: TableModel,
  known: KnownColumns = new Map(),
  filled = false,
): TableDifference[] {
  const source = nativeTable(sourceModel);
  const target = nativeTable(targetModel);
  const columns = compareColumns(source, target, known, filled);
  const renamed = new Map(
    columns.flatMap((d) => (d.former === null ? [] : [[d.subject, d.former]])),
  );
  return [
    ...columns,
    ...compareKey(sourceModel.key, target, renamed),
    ...comparePartitions(source, target),
  ];
}

function compareColumns(
  source: PgTable,
  target: PgTable,
  known: KnownColumns,
  filled: boolean,
): TableDifference[] {
  const found = new Map(target.root.columns.map((column) => [column.name, column]));
  const names = new Set(source.root.columns.map((column) => column.name));
  const matched = new Set<string>();
  const differences: TableDifference[] = [];
  for (const column of source.root.columns) {
    const former = known.get(column.attnum);
    const isRename = former !== undefined && !names.has(former) && !found.has(column.name);
    const same = found.get(isRename ? former : column.name);
    if (same === undefined) {
      differences.push(missingColumn(column, filled));
      continue;
    }
    matched.add(same.name);
    if (isRename) {
      const message = `has column ${same.name}, which the source calls ${column.name} now.`;
      differences.push(difference('column renamed', 'heal', column.name, message, same.name));
    }
    differences.push(...compareColumn(column, same));
  }
  const wereThere = new Set(known.values());
  const extra = target.root.columns.filter((column) => !matched.has(column.name));
  return [...differences, ...extra.map((column) => extraColumn(column, wereThere))];
}

function missingColumn(column: PgColumn, filled: boolean): TableDifference {
  const { name } = column;
  const isSame = column.generated !== null || isConstant(column.defaultText);
  const canWait = filled && column.sequences.length === 0;
  if (column.identity === null && (isSame || canWait)) {
    const message = `lacks column ${name} (${column.type}).`;
    return difference('column missing', 'heal', name, message);
  }
  const message = `lacks column ${name} (${column.type}), whose default gives each row a value of its own.`;
  return difference('column missing', 'fatal', name, message);
}

function extraColumn(column: PgColumn, wereThere: ReadonlySet<string>): TableDifference {
  const { name } = column;
  if (wereThere.has(name)) {
    const message = `has column ${name}, which the source has dropped.`;
    return difference('column dropped', 'heal', name, message);
  }
  const filled = column.defaultText !== null || column.identity !== null;
  if (column.notNull && !filled) {
    const message = `has column ${name}, which is NOT NULL without a default and not on the source.`;
    return difference('column extra', 'fatal', name, message);
  }
  const message = `has column ${name}, which is not on the source; it is left alone.`;
  return difference('column extra', 'harmless', name, message);
}

function compareColumn(source: PgColumn, target: PgColumn): TableDifference[] {
  const { name } = source;
  const differences: TableDifference[] = [];
  if (source.type !== target.type) {
    const message = `has column ${name} as ${target.type}, the source as ${source.type}.`;
    differences.push(difference('type', 'fatal', name, message));
  }
  const isGenerated = target.generated !== null;
  if ((source.generated !== null) !== isGenerated) {
    const message = isGenerated
      ? `computes column ${name} by itself, the source does not.`
      : `does not compute column ${name}, which the source generates and does not send.`;
    differences.push(difference('generated', 'fatal', name, message));
  } else if (isGenerated && source.defaultText !== target.defaultText) {
    const message = `computes column ${name} by another expression than the source.`;
    differences.push(difference('generated', 'fatal', name, message));
  }
  if (target.notNull && !source.notNull) {
    const message = `has column ${name} as NOT NULL, the source allows NULL.`;
    differences.push(difference('nullable', 'heal', name, message));
  } else if (source.notNull && !target.notNull) {
    const message = `allows NULL in column ${name}, the source does not.`;
    differences.push(difference('nullable', 'harmless', name, message));
  }
  return differences;
}

/** The applier finds rows by the key: the target needs a unique index on just these columns. */
function compareKey(
  key: readonly string[] | null,
  target: PgTable,
  renamed: ReadonlyMap<string, string>,
): TableDifference[] {
  if (key === null) return [];
  const wanted = JSON.stringify(key.map((column) => renamed.get(column) ?? column).toSorted());
  const found = target.root.indexes.some((index) => {
    const usable = index.unique && index.valid && !index.partial;
    return usable && JSON.stringify(index.columns.toSorted()) === wanted;
  });
  if (found) return [];
  const message = `has no unique index on the key (${key.join(', ')}).`;
  return [difference('key', 'fatal', key.join(', '), message)];
}

function difference(
  kind: DifferenceKind,
  effect: Effect,
  subject: string,
  message: string,
  former: string | null = null,
): TableDifference {
  return { kind, effect, subject, former, message };
}
