import { withTexts } from '../../../core/as-text.js';
import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import { sameTable } from '../../../core/names.js';
import type { TableMapping, TableModel } from '../../contract/schema.js';
import { Placement } from './placement.js';
import { tableFor } from './table-for.js';

/** Where the replicated tables of a source are on the target. */
export class MappedTables {
  readonly placements: readonly Placement[];
  private readonly schemas = new Map<string, Set<string>>();

  constructor(models: readonly TableModel[], mappings: readonly TableMapping[]) {
    this.placements = mappings.flatMap((mapping) => {
      const model = models.find(({ name }) => sameTable(name, mapping.source));
      return model === undefined ? [] : placementOf(model, mapping);
    });
    for (const { table, target } of this.placements) {
      const targets = this.schemas.get(table.name.schema) ?? new Set();
      this.schemas.set(table.name.schema, targets.add(target.schema));
    }
  }

  bySource(name: TableName): Placement | undefined {
    return this.placements.find(({ table }) => sameTable(table.name, name));
  }

  byId(id: number): Placement | undefined {
    return this.placements.find(({ table }) => table.parts.id === id);
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

/** A table that cannot be made here is none of the target's; its own workflow says so. */
function placementOf(model: TableModel, { target, asText = [] }: TableMapping): Placement[] {
  try {
    const neutral = withTexts(model.neutral, asText);
    return [new Placement(tableFor({ ...model, neutral }), target)];
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'TYPE_UNSUPPORTED') return [];
    throw error;
  }
}
