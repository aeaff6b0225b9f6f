import { createHash } from 'node:crypto';
import type { TableName } from '../../../core/names.js';
import type { MsTable } from '../catalog/model.js';
import { quoteQualified } from '../sql/quote.js';

const MAX_NAME_LENGTH = 128;
const HASH_DIGITS = 8;

/**
 * Where a table and all that hangs on it goes. Constraints have names that are unique in a schema,
 * so they follow the table when it is renamed; two source tables of different schemas can then
 * live in one target schema.
 */
export class Placement {
  /** @param stage schema in which everything is made first; null: at its final place */
  constructor(
    readonly table: MsTable,
    readonly target: TableName,
    readonly stage: string | null = null,
  ) {}

  /** Where the table is made. */
  get place(): TableName {
    return this.stage === null ? this.target : { schema: this.stage, table: this.target.table };
  }

  get quoted(): string {
    return quoteQualified(this.place.schema, this.place.table);
  }

  /** Name of an index or constraint of the table. */
  nameOf(name: string): string {
    return followTable(name, this.table.name.table, this.target.table);
  }
}

/** The name that an object of table `from` has at table `to`; at most 128 units, still unique. */
export function followTable(name: string, from: string, to: string): string {
  if (from === to) return name;
  const wanted = name.includes(from) ? name.replace(from, () => to) : `${to}_${name}`;
  if (wanted.length <= MAX_NAME_LENGTH) return wanted;
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, HASH_DIGITS);
  return `${wanted.slice(0, MAX_NAME_LENGTH - HASH_DIGITS - 1)}_${hash}`;
}
