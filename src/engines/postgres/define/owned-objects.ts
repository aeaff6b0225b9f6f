import { z } from 'zod';
import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { Owner } from '../../contract/schema.js';
import { readRows } from '../catalog/read-rows.js';
import type { Query } from '../sql-session.js';
import type { ObjectName } from './object-sql.js';

/** The row of sluice.owned that says that Sluice made a target table. */
export function ownedTable(target: TableName): ObjectName {
  return { kind: 'table', object: displayName(target) };
}

const READ_OWNED = `
select kind, object, definition, pipeline, target
  from sluice.owned
 where side = 'target'`;

const ADD_OWNED = `
insert into sluice.owned (side, kind, object, pipeline, target, definition)
values ('target', $1, $2, $3, $4, $5)
on conflict (side, kind, object) do update set definition = excluded.definition`;

const REMOVE_OWNED = `
delete from sluice.owned where side = 'target' and kind = $1 and object = $2`;

/** Serializes the sessions that make schema objects; held until the transaction ends. */
const LOCK_DEFINITIONS = `select pg_advisory_xact_lock(hashtext('sluice.owned'))`;

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
    await query(LOCK_DEFINITIONS);
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
    await this.query(ADD_OWNED, [name.kind, name.object, pipeline, target, definition]);
    this.rows.set(keyOf(name), { ...name, definition, pipeline, target });
  }

  async remove(name: ObjectName): Promise<void> {
    await this.query(REMOVE_OWNED, [name.kind, name.object]);
    this.rows.delete(keyOf(name));
  }
}

function keyOf(name: ObjectName): string {
  return `${name.kind} ${name.object}`;
}
