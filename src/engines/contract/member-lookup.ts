import type { Shape } from '../../core/change.js';
import type { LaneMember, LaneMembership } from './lane.js';

/** Finds the member that a change belongs to; null for a table that is not the lane's. */
export class MemberLookup {
  private readonly byName = new Map<string, LaneMember>();
  private readonly byShape = new Map<Shape, LaneMember | null>();

  constructor(readonly membership: LaneMembership) {
    for (const found of membership.members) {
      this.byName.set(nameKey(found.source.schema, found.source.table), found);
    }
  }

  find(shape: Shape): LaneMember | null {
    let found = this.byShape.get(shape);
    if (found === undefined) {
      found = this.byName.get(nameKey(shape.table.schema, shape.table.table)) ?? null;
      this.byShape.set(shape, found);
    }
    return found;
  }
}

function nameKey(schema: string, table: string): string {
  return `${schema.length}.${schema}.${table}`;
}
