import { z } from 'zod';
import type { TableName } from '../../../../core/names.js';
import { displayName, sameTable } from '../../../../core/names.js';
import type { FeedEvent, Position } from '../../../contract/feed.js';
import type { MsSession } from '../../sql-session.js';
import { param } from '../../sql-session.js';
import { quoteQualified } from '../../sql/quote.js';
import type { Captured } from './captured.js';
import { keepShapes, readCaptured } from './captured.js';
import type { Instance } from './instances.js';
import { byTable, readInstances, readStarts } from './instances.js';
import type { PlannedRead, Stretch } from './plan-reads.js';
import { cleanedAway, overtaken, planReads } from './plan-reads.js';
import type { ChangeForm } from '../wire-column.js';
import { COUNT_INSTANCE, READ_DDL_MARK } from './sql/instances-sql.js';
import { lostAtHandOver } from './instance-hand-over.js';

type Lost = FeedEvent & { readonly kind: 'lost' };

export interface WatchedWindow {
  readonly reads: readonly PlannedRead[];
  readonly lost: readonly Lost[];
}

const COUNT_ROW = z.object({ n: z.number() });
const DDL_ROW = z.object({ statements: z.string(), lsn: z.instanceof(Buffer).nullable() });

/** The instances as one reader sees them come and go. */
export class InstanceWatch {
  #instances: readonly Instance[] = [];
  #captured = new Map<number, Captured>();
  #mark = '';
  /** Losses that were told: each counts once. */
  readonly #told = new Set<string>();

  constructor(
    private readonly session: MsSession,
    private readonly form: ChangeForm,
    private readonly wanted: () => readonly TableName[] | null,
  ) {}

  /** The wanted instances as they are now, each table's oldest first. */
  async refresh(): Promise<readonly Instance[]> {
    return this.#readWanted();
  }

  /** Read the columns again with the next look. */
  forget(): void {
    this.#mark = '';
  }

  /** @throws TypeError for an instance that was not part of the last look */
  captured(instance: Instance): Captured {
    const captured = this.#captured.get(instance.id);
    if (captured === undefined) throw new TypeError(`${instance.name} was not read.`);
    return captured;
  }

  /**
   * What to read of a stretch. The instances are looked at only now that its end is known: one that
   * is made later has no change before it.
   */
  async look(stretch: Stretch): Promise<WatchedWindow> {
    const before = this.#instances;
    this.#instances = await this.#readWanted();
    await this.#readColumns();
    const reads: PlannedRead[] = [];
    const lost = await this.#gone(before);
    for (const instances of byTable(this.#instances).values()) {
      const plan = planReads(instances, stretch);
      reads.push(...plan.reads);
      const [first] = instances;
      if (first === undefined) continue;
      const reason = plan.lost ?? (await lostAtHandOver(this.session.query, instances, stretch));
      if (reason !== null) lost.push(...this.#tell(first, reason));
    }
    return { reads, lost };
  }

  /** What became incomplete of the reads while they were under way, behind what was told of them. */
  async lossesOf(reads: readonly PlannedRead[], told: Position): Promise<readonly Lost[]> {
    const starts = await readStarts(this.session.query);
    const lost: Lost[] = [];
    for (const read of reads) {
      const { instance } = read;
      const start = starts.get(instance.id);
      if (start === undefined) {
        if (read.to > told) lost.push(...this.#tell(instance, await this.#whyGone(instance)));
      } else if (overtaken(read, start, told)) {
        lost.push(...this.#tell({ ...instance, start }, cleanedAway(instance)));
      }
    }
    return lost;
  }

  /** The same table and reason is told once. */
  #tell(instance: Instance, reason: string): Lost[] {
    const key = `${displayName(instance.table)} ${reason} ${instance.start ?? ''}`;
    if (this.#told.has(key)) return [];
    this.#told.add(key);
    return [{ kind: 'lost', table: instance.table, reason }];
  }

  async #gone(before: readonly Instance[]): Promise<Lost[]> {
    const wanted = this.wanted();
    const gone = before.filter(
      (old) =>
        !this.#instances.some((instance) => sameTable(instance.table, old.table)) &&
        (wanted === null || wanted.some((table) => sameTable(table, old.table))),
    );
    const lost: Lost[] = [];
    for (const old of gone) lost.push(...this.#tell(old, await this.#whyGone(old)));
    return lost;
  }

  /** The catalogue hides a table from a login that may not read it; its instance stays to be seen. */
  async #whyGone({ id, name, table }: Instance): Promise<string> {
    const [row] = await this.session.query(COUNT_INSTANCE, [param.int('id', id)]);
    if (COUNT_ROW.parse(row).n === 0) return `its capture instance ${name} was dropped`;
    const shown = quoteQualified(table.schema, table.table);
    return `this login may not see the table any more: GRANT SELECT ON ${shown}`;
  }

  async #readWanted(): Promise<Instance[]> {
    const instances = await readInstances(this.session.query);
    const wanted = this.wanted();
    if (wanted === null) return instances;
    const names = new Set(wanted.map(displayName));
    return instances.filter(
      ({ table }) => names.has(displayName(table)) && wanted.some((one) => sameTable(one, table)),
    );
  }

  async #readColumns(): Promise<void> {
    const [row] = await this.session.query(READ_DDL_MARK);
    const { statements, lsn } = DDL_ROW.parse(row);
    const ids = this.#instances.map((instance) => instance.id).join();
    const mark = `${ids} ${statements} ${lsn?.toString('hex') ?? ''}`;
    if (mark === this.#mark) return;
    const read = await readCaptured(this.session.query, this.#instances, this.form);
    this.#captured = keepShapes(this.#captured, read);
    this.#mark = mark;
  }
}
