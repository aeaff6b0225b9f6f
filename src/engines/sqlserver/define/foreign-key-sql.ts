import type { MsForeignKey } from '../catalog/model.js';
import { quoteIdent } from '../sql/quote.js';
import { circleOf } from './circles.js';
import type { MappedTables } from './mapped-tables.js';
import type { ObjectName } from './owned-objects.js';
import type { Placement } from './placement.js';

export const FOREIGN_KEY = 'foreign key';

export interface WantedKey {
  readonly name: ObjectName;
  readonly child: Placement;
  readonly key: MsForeignKey;
  /** The name of the constraint on the target. */
  readonly called: string;
  /** Why it is not enforced although that was asked for: a circle of tables, as a text. */
  readonly circle: string | null;
  /** First the constraint, then, where it is not to be enforced, that it is switched off. */
  readonly statements: readonly string[];
}

/**
 * The foreign keys whose two tables are replicated. They are not checked while rows stream in: rows
 * of a table that is still copying may be missing, and no constraint here can be deferred.
 *
 * @param enforce check rows and changes, for those that are enabled on the source and lie on no
 * circle of tables: each statement is checked, and no order of tables fits a circle
 */
export function wantedKeys(tables: MappedTables, enforce: boolean): WantedKey[] {
  return tables.placements.flatMap((child) =>
    child.table.parts.foreignKeys.flatMap((key) => wantedKey(child, key, tables, enforce)),
  );
}

function wantedKey(
  child: Placement,
  key: MsForeignKey,
  tables: MappedTables,
  enforce: boolean,
): WantedKey[] {
  const parent = tables.bySource(key.references);
  if (parent === undefined) return [];
  const called = child.nameOf(key.name);
  const asked = enforce && !key.disabled;
  const circle = asked ? circleOf(child.table.name, key, tables) : null;
  const isEnforced = asked && circle === null;
  const add =
    `ALTER TABLE ${child.quoted} WITH ${isEnforced ? 'CHECK' : 'NOCHECK'} ` +
    `ADD CONSTRAINT ${quoteIdent(called)} FOREIGN KEY (${list(key.columns)}) ` +
    `REFERENCES ${parent.quoted} (${list(key.referencedColumns)})${tail(key)}`;
  const off = `ALTER TABLE ${child.quoted} NOCHECK CONSTRAINT ${quoteIdent(called)}`;
  const name = { kind: FOREIGN_KEY, object: keyObject(child, called) };
  const statements = isEnforced ? [add] : [add, off];
  return [{ name, child, key, called, circle, statements }];
}

function tail(key: MsForeignKey): string {
  const onDelete = key.onDelete === 'NO ACTION' ? '' : ` ON DELETE ${key.onDelete}`;
  const onUpdate = key.onUpdate === 'NO ACTION' ? '' : ` ON UPDATE ${key.onUpdate}`;
  return `${onDelete}${onUpdate}${key.notForReplication ? ' NOT FOR REPLICATION' : ''}`;
}

function list(columns: readonly string[]): string {
  return columns.map(quoteIdent).join(', ');
}

/** `[schema].[table] [name]`; without a name, the beginning that all keys of a table share. */
export function keyObject(child: Placement, name: string | null): string {
  return `${child.quoted} ${name === null ? '' : quoteIdent(name)}`;
}
