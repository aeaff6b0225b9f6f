import { Readable } from 'node:stream';
import type { MsSession } from '../sql-session.js';
import { quoteIdent } from '../sql/quote.js';
import { createStageSql, stageColumns } from './sql/stage.js';
import type { StagedRow } from './staged-rows.js';
import { stagedValues, unknownColumns, unknownMask } from './staged-rows.js';
import type { TablePlan } from './table-plan.js';

/** The temporary tables of a session where changes wait; each plan has one. */
export class Stages {
  private readonly names = new Map<TablePlan, string>();
  private readonly dirty = new Set<string>();
  private made = 0;
  private segments = 0;

  /** @param prefix keeps apart those who stage on the same session */
  constructor(
    private readonly session: MsSession,
    private readonly prefix: string,
  ) {}

  /** Quoted; for texts about a plan that has been loaded. */
  nameOf(plan: TablePlan): string {
    const name = this.names.get(plan);
    if (name === undefined) throw new Error('A plan has no stage before rows are loaded.');
    return name;
  }

  /** Put a run's rows beside the target. Returns the number by which statements find them. */
  async load(plan: TablePlan, rows: readonly StagedRow[]): Promise<number> {
    const stage = await this.ensure(plan);
    const seg = (this.segments += 1);
    const loaded = rows.map((row, i) => [
      seg,
      i + 1,
      row.op,
      0,
      unknownMask(plan, unknownColumns(plan, row.row)),
      ...stagedValues(plan, row),
    ]);
    this.dirty.add(stage);
    await this.session.bulkLoad(stage, stageColumns(plan), Readable.from([loaded]));
    return seg;
  }

  /** Forget all rows, not inside a transaction that may be rolled back. */
  async clear(): Promise<void> {
    if (this.dirty.size === 0) return;
    await this.session.batch([...this.dirty].map((name) => `truncate table ${name};`).join('\n'));
    this.dirty.clear();
  }

  /** The target's tables have changed: what was planned for them is of no use. */
  async drop(): Promise<void> {
    const names = [...this.names.values()];
    this.names.clear();
    this.dirty.clear();
    if (names.length === 0) return;
    await this.session.batch(names.map((name) => `drop table ${name};`).join('\n'));
  }

  private async ensure(plan: TablePlan): Promise<string> {
    const known = this.names.get(plan);
    if (known !== undefined) return known;
    const name = quoteIdent(`${this.prefix}_${String((this.made += 1))}`);
    await this.session.batch(createStageSql(name, plan));
    this.names.set(plan, name);
    return name;
  }
}
