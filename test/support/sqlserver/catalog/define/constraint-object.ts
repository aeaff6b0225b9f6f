/**
 * A constraint as an object with a name. Needed by test/conformance/sqlserver/definitions: "that
 * the server made up is told from a given one" and test/conformance/sqlserver/definitions:
 * "TRANSFER takes the rows, indexes and constraints".
 */
import type { SessionContext } from '../../engine/catalog-seam.js';
import { addObject, madeUpName, refuseExisting } from '../objects.js';
import type { TableTarget } from './add-column.js';

export interface Adding {
  /** WITH NOCHECK: rows that are there already are not looked at. */
  readonly check: boolean;
  /** Part of CREATE TABLE. */
  readonly isNew: boolean;
}

/** The object of a constraint, with a made-up name where none was given. */
export async function constraintObject(
  context: SessionContext,
  table: TableTarget,
  given: string | null,
  type: 'PK' | 'UQ' | 'C' | 'D' | 'F',
  ...parts: readonly string[]
): Promise<{ id: number; name: string }> {
  const prefix = { PK: 'PK', UQ: 'UQ', C: 'CK', D: 'DF', F: 'FK' }[type];
  const name = given ?? madeUpName(prefix, table.place.name, ...parts);
  const { database, schemaId } = table.place;
  if (given !== null && !table.place.temporary) {
    await refuseExisting(context, database, schemaId, name);
  }
  const place = { ...table.place, name };
  const made = { type, parent: table.id, systemNamed: given === null };
  return { id: await addObject(context, place, made), name };
}
