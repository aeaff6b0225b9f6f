import { z } from 'zod';
import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { Owner } from '../../contract/schema.js';
import { readRows } from '../catalog/read-rows.js';
import type { Param, Query } from '../sql-session.js';
import { param } from '../sql-session.js';
import { ADD_OWNED, CHANGE_OWNED, READ_OWNED, REMOVE_OWNED } from './sql/owned.js';

/** How sluice.owned calls an object. */
export interface ObjectName {
  readonly kind: string;
  readonly object: string;
}

/** The row of sluice.owned that says that Sluice made a target table. */
export function ownedTable(target: TableName): ObjectName {
  return { kind: 'table', object: displayName(target) };
}

const ownedRow = z.object({
  kind: z.string(),
  object: z.string(),
  definition: z.string().nullable(),
  pipeline: z.string(),
  target: z.string(),
});
export type OwnedRow = z.infer<typeof ownedRow>;

/** What Sluice made on this target, read and written in the transaction that makes it. */
export class OwnedObjects {
  private constructor(
    private readonly query: Query,
    private readonly owner: Owner,
    private readonly rows: Map<string, OwnedRow>,
  ) {}

  /** Waits for other sessions that make objects; keeps them waiting until the transaction ends. */
  static async lock(query: Query, owner: Owner): Promise<OwnedObjects> {
    const rows = await readRows(query, READ_OWNED, ownedRow);
    const named = rows.map((row) => [keyOf(row), row] as const);
    return new OwnedObjects(query, owner, new Map(named));
  }

  get(name: ObjectName): OwnedRow | undefined {
    return this.rows.get(keyOf(name));
  }

  ofKind(kind: string): OwnedRow[] {
    const { pipeline, target } = this.owner;
    return [...this.rows.values()].filter(
      (row) => row.kind === kind && row.pipeline === pipeline && row.target === target,
    );
  }

  async add(name: ObjectName, definition: string | null): Promise<void> {
    const { pipeline, target } = this.owner;
    const text = param.nvarchar('definition', definition);
    if (this.rows.has(keyOf(name))) {
      await this.query(CHANGE_OWNED, [...nameParams(name), text]);
    } else {
      const owner = [param.nvarchar('pipeline', pipeline), param.nvarchar('target', target)];
      await this.query(ADD_OWNED, [...nameParams(name), ...owner, text]);
    }
    this.rows.set(keyOf(name), { ...name, definition, pipeline, target });
  }

  async remove(name: ObjectName): Promise<void> {
    await this.query(REMOVE_OWNED, nameParams(name));
    this.rows.delete(keyOf(name));
  }
}

export function keyOf(name: ObjectName): string {
  return `${name.kind} ${name.object}`;
}

function nameParams(name: ObjectName): Param[] {
  return [param.nvarchar('kind', name.kind), param.nvarchar('object', name.object)];
}
