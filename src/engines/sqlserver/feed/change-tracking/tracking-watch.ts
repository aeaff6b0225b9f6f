import { displayName, type TableName } from '../../../../core/names.js';
import type { FeedEvent } from '../../../contract/feed.js';
import type { Query } from '../../sql-session.js';
import type { ChangeForm } from '../wire-column.js';
import type { ReadableTable } from './judge-tables.js';
import { judgeTables } from './judge-tables.js';
import type { TrackedColumns } from './tracked-tables.js';
import { keepShapes, readTracked, readTrackedColumns } from './tracked-tables.js';

type Lost = FeedEvent & { readonly kind: 'lost' };

export interface Watched {
  readonly readable: readonly ReadableTable[];
  readonly lost: readonly Lost[];
}

/** The tracked tables as one reader sees them come and go. */
export class TrackingWatch {
  /** Where tracking of each table began when it was last looked at. */
  readonly #began = new Map<string, bigint>();
  /** Tables that were called lost and are not whole again. */
  readonly #told = new Set<string>();
  #columns = new Map<number, TrackedColumns>();

  constructor(
    private readonly form: ChangeForm,
    private readonly wanted: () => readonly TableName[] | null,
  ) {}

  async look(query: Query, from: bigint): Promise<Watched> {
    const wanted = this.wanted();
    const tables = await readTracked(query, wanted);
    const { readable, lost } = judgeTables(tables, from, this.#began);
    const events = lost.flatMap(({ table, reason }) => this.#tell(table, reason));
    const present = new Set(tables.map((table) => displayName(table.name)));
    for (const table of wanted ?? []) {
      const name = displayName(table);
      if (present.has(name) || !this.#began.has(name)) continue;
      events.push(...this.#tell(table, 'its Change Tracking was switched off'));
    }
    this.#began.clear();
    for (const { name, beginVersion } of tables) this.#began.set(displayName(name), beginVersion);
    const troubled = new Set(lost.map(({ table }) => displayName(table)));
    for (const name of present) if (!troubled.has(name)) this.#told.delete(name);
    return { readable, lost: events };
  }

  /** Columns of all tables that can be read, as they are now. */
  async columns(
    query: Query,
    readable: readonly ReadableTable[],
  ): Promise<ReadonlyMap<number, TrackedColumns>> {
    const tables = readable.map(({ table }) => table);
    const now = await readTrackedColumns(query, tables, this.form);
    this.#columns = keepShapes(this.#columns, now);
    return this.#columns;
  }

  #tell(table: TableName, reason: string): Lost[] {
    const name = displayName(table);
    if (this.#told.has(name)) return [];
    this.#told.add(name);
    return [{ kind: 'lost', table, reason }];
  }
}
