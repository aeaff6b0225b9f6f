import { formsDiffer } from '../../core/as-text.js';
import type { Shape } from '../../core/change.js';
import { SluiceError } from '../../core/errors.js';
import { NEUTRAL_WIRE } from '../../core/neutral-wire.js';
import { parseNeutral, type NeutralType } from '../../core/neutral-type.js';
import { displayName, type TableName } from '../../core/names.js';

/** Of a column that the changes of a table have and the target has not. */
export function missingColumn(table: TableName, column: string): SluiceError {
  const name = displayName(table);
  return new SluiceError('SCHEMA_MISMATCH', `${name} has no column ${column} on the target.`, {
    remedy: 'Add the column to the target table or resync the table.',
  });
}

/**
 * By the rest of a key several rows would be found.
 *
 * @param written the columns of the key that the target takes values of
 * @throws SluiceError SCHEMA_MISMATCH where it computes another one by itself
 */
export function assertWholeKey(shape: Shape, written: ReadonlySet<string>, table: TableName): void {
  const lost = shape.columns.find(({ key, name }) => key && !written.has(name));
  if (lost === undefined) return;
  const message = `The target computes the column ${lost.name} of ${displayName(table)} by itself, which belongs to the key of the source.`;
  throw new SluiceError('SCHEMA_MISMATCH', message, {
    remedy: 'Make it an ordinary column on the target, then resync the table.',
  });
}

/** What is sent, by the names of its columns; neutral rows and changes say their types. */
interface Sent {
  readonly wire: string;
  readonly columns: readonly string[];
  readonly types?: readonly string[];
}

/**
 * What travels as text was changed in the configuration, and the target's column is still of the
 * other type: it would refuse the values, round them, or take them for something else.
 *
 * @param held by name, what the target's columns are
 * @throws SluiceError SCHEMA_MISMATCH naming the column
 */
export function assertForms(
  table: TableName,
  { wire, columns, types = [] }: Sent,
  held: (name: string) => NeutralType | null,
): void {
  if (wire !== NEUTRAL_WIRE) return;
  columns.forEach((name, at) => {
    const type = types[at];
    if (type !== undefined) assertForm(table, name, parseNeutral(type), held(name));
  });
}

function assertForm(
  table: TableName,
  column: string,
  sent: NeutralType,
  held: NeutralType | null,
): void {
  if (!formsDiffer(sent, held)) return;
  const [comes, other] =
    sent.kind === 'text' ? ['as text', 'no text'] : ['as its own type', 'text'];
  const message = `The column ${column} of ${displayName(table)} comes ${comes}, and is ${other} on the target.`;
  throw new SluiceError('SCHEMA_MISMATCH', message, {
    remedy:
      'Drop the target table, or give the column the other type there, then resync the table.',
  });
}

/** The columns of a shape, as assertForms takes them. */
export function sentBy({ wire, columns }: Shape): Sent {
  return { wire, columns: columns.map(({ name }) => name), types: columns.map(({ type }) => type) };
}
