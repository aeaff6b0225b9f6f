import type { TableName } from './names.js';
import type { NeutralType } from './neutral-type.js';

/**
 * What a table is for an engine that does not know its source's own model. Columns that the source
 * computes are not here: no copy and no feed carries them.
 */
export interface NeutralTable {
  readonly columns: readonly NeutralColumn[];
  readonly primaryKey: NeutralKey | null;
  readonly uniques: readonly NeutralKey[];
  /** Plain indexes over columns; others do not leave their engine. */
  readonly indexes: readonly NeutralIndex[];
  readonly foreignKeys: readonly NeutralForeignKey[];
}

export interface NeutralColumn {
  readonly name: string;
  /** Null: only its own engine can hold it, and another one refuses the table for it. */
  readonly type: NeutralType | null;
  /** The source engine's text of the type, for messages. */
  readonly sourceType: string;
  readonly nullable: boolean;
  /** The source gives out the values; the target only keeps them. */
  readonly identity: boolean;
  /**
   * Its type has values that not every engine can hold, and the source can send them as text, the
   * same from a copy, a feed and a digest. Default: no.
   */
  readonly hasText?: boolean;
  /** It travels as that text (core/as-text.ts). Default: no. */
  readonly asText?: boolean;
}

export interface NeutralKey {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface NeutralIndex extends NeutralKey {
  readonly descending: readonly boolean[];
}

export type ReferentialAction = 'no action' | 'cascade' | 'set null' | 'set default';

export interface NeutralForeignKey extends NeutralKey {
  readonly references: TableName;
  readonly referencedColumns: readonly string[];
  readonly onDelete: ReferentialAction;
  readonly onUpdate: ReferentialAction;
}
