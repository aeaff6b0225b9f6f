import type { TableName } from '../../../core/names.js';
import { sameTable } from '../../../core/names.js';
import type { TableMapping } from '../../contract/schema.js';
import type { PgRelation } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import type { PgSchema } from '../catalog/read-schema.js';
import { Placement } from './placement.js';

export interface PlacedRelation {
  readonly relation: PgRelation;
  readonly placement: Placement;
  readonly place: TableName;
}

/** Where the replicated tables of a source are on the target. */
export class MappedTables {
  readonly placements: readonly Placement[];
  private readonly relations = new Map<string, PlacedRelation>();
  private readonly schemas = new Map<string, Set<string>>();

  constructor(source: PgSchema, mappings: readonly TableMapping[]) {
    this.placements = mappings.flatMap((mapping) => {
      const model = source.tables.find(({ name }) => sameTable(name, mapping.source));
      return model === undefined ? [] : [new Placement(nativeTable(model), mapping.target)];
    });
    for (const placement of this.placements) {
      for (const relation of placement.table.members) {
        const place = placement.finalMember(relation);
        this.relations.set(relation.oid, { relation, placement, place });
        const targets = this.schemas.get(relation.schema) ?? new Set();
        this.schemas.set(relation.schema, targets.add(place.schema));
      }
    }
  }

  byOid(oid: string): PlacedRelation | undefined {
    return this.relations.get(oid);
  }

  all(): readonly PlacedRelation[] {
    return [...this.relations.values()];
  }

  usesSchema(schema: string): boolean {
    return this.schemas.has(schema);
  }

  /** The schema that takes the place of a source's: where all of its tables went, if it is one. */
  schemaFor(schema: string): string {
    const targets = [...(this.schemas.get(schema) ?? [])];
    return targets.length === 1 ? (targets[0] ?? schema) : schema;
  }
}
