import { SluiceError } from '../../../core/errors.js';
import { displayName, type TableName } from '../../../core/names.js';
import { formatNeutral, type NeutralType } from '../../../core/neutral-type.js';
import type { NeutralColumn } from '../../../core/neutral-table.js';
import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import type { TableModel } from '../../contract/schema.js';
import { outputText } from '../neutral/output-text.js';
import { selectExpression } from '../neutral/select-expressions.js';
import { quoteIdent } from '../sql/quote.js';

/** COPY's two formats. Binary carries object numbers of the source where a column is not rawSafe. */
export const BINARY_WIRE = 'pg-copy-binary';
export const TEXT_WIRE = 'pg-copy-text';

/** What a source can send for the table, best first: neutral rows where every type has them. */
export function sourceWires(model: TableModel): readonly string[] {
  const copied = copiedColumns(model);
  const raw = copied.every((column) => column.rawSafe) ? [BINARY_WIRE, TEXT_WIRE] : [TEXT_WIRE];
  const neutral = copied.every((column) => neutralTypeOf(model, column.name) !== null);
  return neutral ? [...raw, NEUTRAL_WIRE] : raw;
}

/** What a target can take for the table; a source of another engine knows only neutral rows. */
export function targetWires(model: TableModel): readonly string[] {
  return sourceWires(model);
}

/** Generated columns are computed again on the target. */
export function copiedColumns(model: TableModel): TableModel['columns'] {
  return model.columns.filter((column) => !column.generated);
}

/** Expressions for the copied columns, in their order, as the wire wants them. */
export function selectList(model: TableModel, wire: string): string {
  const expressions = copiedColumns(model).map(({ name }) =>
    wire === NEUTRAL_WIRE ? neutralExpression(model, name) : quoteIdent(name),
  );
  return expressions.join(', ');
}

function neutralExpression(model: TableModel, name: string): string {
  if (neutralColumn(model, name)?.asText === true) return outputText(quoteIdent(name));
  return selectExpression(name, requireNeutral(model.name, name, neutralTypeOf(model, name)));
}

/** Types of the copied columns, in their order, as texts. */
export function neutralTypes(model: TableModel): string[] {
  return copiedColumns(model).map(({ name }) =>
    formatNeutral(requireNeutral(model.name, name, neutralTypeOf(model, name))),
  );
}

function neutralTypeOf(model: TableModel, column: string): NeutralType | null {
  return neutralColumn(model, column)?.type ?? null;
}

function neutralColumn(model: TableModel, column: string): NeutralColumn | undefined {
  return model.neutral.columns.find(({ name }) => name === column);
}

function requireNeutral(table: TableName, column: string, type: NeutralType | null): NeutralType {
  if (type !== null) return type;
  throw new SluiceError(
    'TYPE_UNSUPPORTED',
    `${displayName(table)}, column ${column}, has a type that only PostgreSQL knows.`,
    { remedy: 'Leave the table out, or give the column another type.' },
  );
}

/** Neutral rows leave as binary text and bytea, and are made of that here. */
export function copyOutFormat(wire: string): 'binary' | 'text' {
  return wire === TEXT_WIRE ? 'text' : 'binary';
}

/** Neutral rows are written as text: the server reads each type's own. */
export function copyInFormat(wire: string): 'binary' | 'text' {
  return wire === BINARY_WIRE ? 'binary' : 'text';
}
