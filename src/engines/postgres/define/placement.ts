import type { TableName } from '../../../core/names.js';
import type { PgRelation, PgTable, SequenceUse } from '../catalog/model.js';
import type { PgSequence } from '../catalog/object-model.js';
import { quoteLiteral, quoteQualified } from '../sql/quote.js';
import { shortName } from '../sql/short-name.js';

/**
 * Where a table and all that hangs on it goes: partitions, indexes, sequences. Names that are
 * unique in a schema follow the table when it is renamed, so that two source tables of different
 * schemas can live in one target schema.
 */
export class Placement {
  /** @param stage schema in which everything is made first; null: at its final place */
  constructor(
    readonly table: PgTable,
    readonly target: TableName,
    readonly stage: string | null = null,
  ) {}

  /** Where a member of the table is made. */
  member(relation: PgRelation): TableName {
    const final = this.finalMember(relation);
    return this.stage === null ? final : { schema: this.stage, table: final.table };
  }

  /** Where it is after the swap. Partitions beside their root stay beside it. */
  finalMember(relation: PgRelation): TableName {
    if (relation.oid === this.table.root.oid) return this.target;
    return { schema: this.schemaOf(relation.schema), table: this.nameOf(relation.name) };
  }

  sequence(sequence: PgSequence): TableName {
    const schema = this.stage ?? this.schemaOf(sequence.schema);
    return { schema, table: this.nameOf(sequence.name) };
  }

  /** A sequence that no table owns keeps its name; other tables may use it too. */
  standalone(sequence: { readonly schema: string; readonly name: string }): TableName {
    return { schema: this.schemaOf(sequence.schema), table: sequence.name };
  }

  /** The place of a sequence that a default uses; null: another table owns it. */
  sequenceUse(use: SequenceUse): TableName | null {
    const owned = this.table.ownedSequences.find((sequence) => sequence.oid === use.oid);
    if (owned !== undefined) return this.sequence(owned);
    const required = this.table.requires.some(
      (object) => object.kind === 'sequence' && object.oid === use.oid,
    );
    return required ? this.standalone(use) : null;
  }

  /** Name of an index, partition or sequence that belongs to the table. */
  nameOf(name: string): string {
    return followTable(name, this.table.root.name, this.target.table);
  }

  quoted(relation: PgRelation): string {
    const { schema, table } = this.member(relation);
    return quoteQualified(schema, table);
  }

  private schemaOf(schema: string): string {
    return schema === this.table.root.schema ? this.target.schema : schema;
  }
}

/** The name that an object of table `from` has at table `to`; at most 63 bytes and still unique. */
export function followTable(name: string, from: string, to: string): string {
  if (from === to) return name;
  return shortName(name.startsWith(from) ? to + name.slice(from.length) : `${to}_${name}`);
}

/** A relation's name as a constant that the server resolves at once. */
export function regclassLiteral(name: TableName): string {
  return `${quoteLiteral(quoteQualified(name.schema, name.table))}::regclass`;
}
