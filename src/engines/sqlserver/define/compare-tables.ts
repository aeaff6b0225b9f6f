import type { MsColumn, MsTable } from '../catalog/model.js';
import { keyColumns } from '../catalog/table-key.js';
import { declaredText, typeText } from '../catalog/type-text.js';
import { isCoarser } from './collations.js';
import { compareTypes, sameCodePage } from './compare-types.js';
import { isConstant } from './constant-default.js';
import type { KnownColumns } from './known-columns.js';

export type DifferenceKind =
  | 'column missing'
  | 'column extra'
  | 'column renamed'
  | 'column dropped'
  | 'name case'
  | 'type'
  | 'collation'
  | 'nullable'
  | 'generated'
  | 'key'
  | 'partitions'
  | 'writing';

/**
 * harmless: rows still go through unchanged. heal: mended in place by healStatements.
 * fatal: the table has to be altered by hand or synchronized anew.
 */
export type Effect = 'harmless' | 'heal' | 'fatal';

export interface TableDifference {
  readonly kind: DifferenceKind;
  readonly effect: Effect;
  /** The column on the source, or the target's where the source has none. */
  readonly subject: string;
  /** The name on the target where it differs (a renamed column). */
  readonly former: string | null;
  /** A sentence that follows the table's name. */
  readonly message: string;
}

export interface Comparison {
  readonly source: MsTable;
  readonly target: MsTable;
  /** By which the feed finds rows. */
  readonly key: readonly string[] | null;
  readonly known: KnownColumns;
  /** Of a collation, as the target's server has it; null: it does not know it. */
  readonly codePage: (collation: string) => number | null;
}

/**
 * What keeps a target table from taking the source's rows and changes. Order of columns, indexes and
 * checks of the target are its own affair. With `known`, columns that were renamed or dropped on
 * the source are told from columns that only the target has.
 */
export function compareTables(comparison: Comparison): TableDifference[] {
  const columns = compareColumns(comparison);
  const renamed = new Map(
    columns.flatMap((d) => (d.former === null ? [] : [[d.subject, d.former]])),
  );
  return [...columns, ...compareKey(comparison, renamed)];
}

function compareColumns(comparison: Comparison): TableDifference[] {
  const { source, target, known } = comparison;
  const found = new Map(target.columns.map((column) => [column.name, column]));
  const names = new Set(source.columns.map((column) => column.name));
  const matched = new Set<string>();
  const differences: TableDifference[] = [];
  for (const column of source.columns) {
    const former = known.get(column.id);
    const isRename = former !== undefined && !names.has(former) && !found.has(column.name);
    const same =
      found.get(isRename ? former : column.name) ?? inOtherCase(column.name, found, names);
    if (same === undefined) {
      differences.push(missingColumn(column));
      continue;
    }
    matched.add(same.name);
    if (isRename) {
      const message = `has column ${same.name}, which the source calls ${column.name} now.`;
      differences.push(difference('column renamed', 'heal', column.name, message, same.name));
    } else if (same.name !== column.name) {
      const message = `has column ${same.name}, which the source calls ${column.name}: the names differ only in case.`;
      differences.push(difference('name case', 'fatal', column.name, message));
    }
    differences.push(...compareColumn(column, same, comparison));
  }
  const wereThere = new Set(known.values());
  const extra = target.columns.filter((column) => !matched.has(column.name));
  return [...differences, ...extra.map((column) => extraColumn(column, wereThere))];
}

/** A column of the target that is no other column of the source. */
function inOtherCase(
  name: string,
  found: ReadonlyMap<string, MsColumn>,
  names: ReadonlySet<string>,
): MsColumn | undefined {
  return [...found.values()].find(
    (column) => !names.has(column.name) && column.name.toLowerCase() === name.toLowerCase(),
  );
}

function missingColumn(column: MsColumn): TableDifference {
  const lacks = `lacks column ${column.name} (${declaredText(column)})`;
  const isSame = column.computed !== null || isConstant(column.default?.definition ?? null);
  if (column.identity === null && isSame) {
    return difference('column missing', 'heal', column.name, `${lacks}.`);
  }
  const message = `${lacks}, whose default gives each row a value of its own.`;
  return difference('column missing', 'fatal', column.name, message);
}

function extraColumn(column: MsColumn, wereThere: ReadonlySet<string>): TableDifference {
  const { name } = column;
  if (wereThere.has(name)) {
    const message = `has column ${name}, which the source has dropped.`;
    return difference('column dropped', 'heal', name, message);
  }
  const filled =
    column.default !== null ||
    column.identity !== null ||
    column.computed !== null ||
    column.generatedAlways ||
    column.type.name === 'timestamp';
  if (!column.nullable && !filled) {
    const message = `has column ${name}, which is NOT NULL without a default and not on the source.`;
    return difference('column extra', 'fatal', name, message);
  }
  const message = `has column ${name}, which is not on the source; it is left alone.`;
  return difference('column extra', 'harmless', name, message);
}

function compareColumn(
  source: MsColumn,
  target: MsColumn,
  comparison: Comparison,
): TableDifference[] {
  return [
    ...compareType(source, target),
    ...compareCollation(source, target, comparison),
    ...compareGenerated(source, target),
    ...compareNullable(source, target),
  ];
}

function compareType(source: MsColumn, target: MsColumn): TableDifference[] {
  if (source.computed !== null) return [];
  const verdict = compareTypes(source.type, target.type);
  if (verdict === 'same') return [];
  const message = `has column ${source.name} as ${typeText(target.type)}, the source as ${typeText(source.type)}.`;
  const effect = verdict === 'wider' ? 'harmless' : 'fatal';
  return [difference('type', effect, source.name, message)];
}

function compareCollation(
  source: MsColumn,
  target: MsColumn,
  { codePage, key }: Comparison,
): TableDifference[] {
  if (source.collation === null || source.collation === target.collation) return [];
  const has = `has column ${source.name} with collation ${target.collation ?? 'none'}, the source with ${source.collation}`;
  const isKey = key?.includes(source.name) === true;
  if (isKey && isCoarser(source.collation, target.collation ?? source.collation)) {
    const message = `${has}: two keys of the source could be one there.`;
    return [difference('collation', 'fatal', source.name, message)];
  }
  if (sameCodePage(source, target, codePage)) {
    return [difference('collation', 'harmless', source.name, `${has}.`)];
  }
  const message = `${has}: characters that its code page lacks would become question marks.`;
  return [difference('collation', 'fatal', source.name, message)];
}

function compareGenerated(source: MsColumn, target: MsColumn): TableDifference[] {
  const { name } = source;
  const itself = target.computed !== null || target.generatedAlways;
  if ((source.computed !== null) !== itself) {
    const message = itself
      ? `computes column ${name} by itself, the source does not.`
      : `does not compute column ${name}, which the source computes and does not send.`;
    return [difference('generated', 'fatal', name, message)];
  }
  const texts = [source.computed?.definition ?? null, target.computed?.definition ?? null];
  if (texts.includes(null) || texts[0] === texts[1]) return [];
  const message = `computes column ${name} by another expression than the source.`;
  return [difference('generated', 'fatal', name, message)];
}

function compareNullable(source: MsColumn, target: MsColumn): TableDifference[] {
  const { name } = source;
  if (source.computed !== null || source.nullable === target.nullable) return [];
  if (source.nullable) {
    const message = `has column ${name} as NOT NULL, the source allows NULL.`;
    return [difference('nullable', 'heal', name, message)];
  }
  const message = `allows NULL in column ${name}, the source does not.`;
  return [difference('nullable', 'harmless', name, message)];
}

/** The applier finds rows by the key: the target needs a unique index on just these columns. */
function compareKey(
  { key, target }: Comparison,
  renamed: ReadonlyMap<string, string>,
): TableDifference[] {
  if (key === null) return [];
  const wanted = JSON.stringify(key.map((column) => renamed.get(column) ?? column).toSorted());
  const found = target.indexes.some((index) => {
    const usable = index.unique && !index.disabled && !index.filtered;
    return usable && JSON.stringify(keyColumns(index).toSorted()) === wanted;
  });
  if (found) return [];
  const message = `has no unique index on the key (${key.join(', ')}).`;
  return [difference('key', 'fatal', key.join(', '), message)];
}

export function difference(
  kind: DifferenceKind,
  effect: Effect,
  subject: string,
  message: string,
  former: string | null = null,
): TableDifference {
  return { kind, effect, subject, former, message };
}
