/**
 * Changes for a table that is being copied. Whatever its stage holds at a key is the source's row at
 * some moment: before the change that is to be applied, or after it. Values that a change left out
 * are taken from there only where it was before; else the source is asked for the row as it is now,
 * which is such a moment, too. So each key comes to what it is on the source, change by change.
 */
import type pg from 'pg';
import type { Image } from '../../../core/cell.js';
import { fillFrom, keyText } from '../../../core/cell.js';
import type { Change } from '../../../core/change.js';
import type { Folded } from '../../../core/fold.js';
import type { PartialMove, PlacedChange } from '../../../core/stage-changes.js';
import { foldByKey, stageParts } from '../../../core/stage-changes.js';
import type { AtKey } from '../../../core/whole-rows.js';
import { touchedRows } from '../../../core/whole-rows.js';
import type { CompileTools } from './compile.js';
import { foldedSteps, settable } from './folded-steps.js';
import { askRows, textImage } from './numbered-rows.js';
import { runSteps } from './run-steps.js';
import type { FetchFromSource } from './source-fetch.js';
import { lookSql, takeOutSql, updateFoundSql } from './sql/stage.js';
import type { StageWriters } from './stage-writers.js';
import { groupByUnchanged, keyFields, valueFields } from './steps.js';
import type { TablePlan } from './table-plan.js';
import { keyIndexes } from './table-plan.js';

export interface StageTools extends CompileTools {
  readonly client: pg.Client;
  readonly writers: StageWriters;
  readonly fetch: FetchFromSource | null;
}

const NOTHING: Folded = { deletes: [], moves: [], updates: [], inserts: [] };

/**
 * Apply changes of one shape to a stage. Returns the rows that were skipped because neither the stage
 * nor the source has them any more.
 */
export async function applyToStage(
  tools: StageTools,
  plan: TablePlan,
  changes: readonly PlacedChange[],
): Promise<number> {
  const key = keyIndexes(plan);
  // Keys that are written differently may be one.
  const together = plan.key.every(({ target }) => target.exact) ? Infinity : 1;
  return onStage(tools, plan, async (stage) => {
    for (const part of stageParts(changes, key, together)) {
      if (part.kind === 'moves') await stage.move(part.moves);
      else await stage.applyKeyed(part.changes, key);
    }
  });
}

/** Apply what whole transactions come to, once for each key. Returns as applyToStage does. */
export async function applyNet(
  tools: StageTools,
  plan: TablePlan,
  net: readonly AtKey[],
): Promise<number> {
  return onStage(tools, plan, (stage) => stage.applyNet(net));
}

/** Get the rows at all keys of the changes from the source. Returns as applyToStage does. */
export async function fetchTouched(
  tools: StageTools,
  plan: TablePlan,
  changes: readonly Change[],
): Promise<number> {
  return onStage(tools, plan, (stage) => stage.fetchAgain(touchedRows(changes, keyIndexes(plan))));
}

async function onStage(
  tools: StageTools,
  plan: TablePlan,
  work: (stage: Stage) => Promise<void>,
): Promise<number> {
  const stage = new Stage(tools, plan);
  await tools.writers.begin();
  await work(stage);
  return stage.skipped;
}

/** A row of the stage may have seen what lies up to there; undefined: it is not there. */
type Seen = string | undefined;

class Stage {
  skipped = 0;

  constructor(
    private readonly tools: StageTools,
    private readonly plan: TablePlan,
  ) {}

  async applyKeyed(changes: readonly PlacedChange[], key: readonly number[]): Promise<void> {
    const { deletes, puts, updates } = foldByKey(changes, key);
    await this.remove(deletes);
    await this.update(updates, changes[changes.length - 1]?.position ?? '');
    await this.put(puts);
  }

  /**
   * Where rows came to a key and left it again, it may have been one that was there before and is
   * there again, and the copy may have read the key in between two transactions: whether it found a
   * row there or not tells nothing. The source knows.
   */
  async applyNet(net: readonly AtKey[]): Promise<void> {
    const at = (wanted: (one: AtKey) => boolean) => net.filter(wanted).map(({ row }) => row);
    const unsure = at((one) => one.kind === 'same' && !one.known);
    await this.remove(at(({ kind }) => kind === 'gone'));
    await this.put(at((one) => one.kind === 'put' || (one.kind === 'same' && one.known)));
    await this.fetchAgain(unsure);
  }

  /** What the source has at these keys now, be it a row or none. */
  async fetchAgain(keys: readonly Image[]): Promise<void> {
    await this.fetch([], keys);
  }

  /**
   * Rows that stay at their keys. One of the stage that may have seen the last of the changes may be
   * another row, which came there later: it still may have after this what it may have had before.
   */
  private async update(rows: readonly Image[], last: string): Promise<void> {
    const seen = await this.look(rows);
    const at = (wanted: (one: Seen) => boolean) => rows.filter((_, i) => wanted(seen[i]));
    await this.set(at((one) => one !== undefined && one < last));
    const unsure = at((one) => one !== undefined && one >= last);
    if (unsure.length > 0) {
      const newest = newestOf(seen.filter((one) => one !== undefined && one >= last));
      await this.tools.writers.mark(newest, () => this.set(unsure));
    }
    await this.fetch(at((one) => one === undefined));
  }

  /** Rows leave their old keys before any new key is looked at: keys may have been exchanged. */
  async move(moves: readonly PartialMove[]): Promise<void> {
    const seen = await this.look(moves.map(({ from }) => from));
    const { fetch } = this.tools;
    const isSure = ({ position }: PartialMove, one: Seen) =>
      one !== undefined && (one < position || fetch === null);
    const moved = await this.takeOut(moves.filter((move, i) => isSure(move, seen[i])));
    const unsure = moves.filter((move, i) => !isSure(move, seen[i]));
    const left = moves.filter((move, i) => seen[i] !== undefined && !isSure(move, seen[i]));
    await this.put(moved);
    await this.fetch(
      unsure.map(({ row }) => row),
      left.map(({ from }) => from),
    );
  }

  private async look(rows: readonly Image[]): Promise<Seen[]> {
    const { client, names, writers } = this.tools;
    const found = await askRows(client, names, keyFields(this.plan, rows), rows.length, (source) =>
      lookSql(this.plan, source, writers.tableId),
    );
    return rows.map((_, i) => {
      const answer = found.get(i);
      return answer === undefined ? undefined : writers.seenBy(answer[0], answer[1]);
    });
  }

  private async takeOut(moves: readonly PartialMove[]): Promise<Image[]> {
    const { client, names } = this.tools;
    const { plan } = this;
    const moved: Image[] = [];
    for (const { columns, items } of groupByUnchanged(moves, ({ row }) => row, plan)) {
      const kept = plan.columns.filter((column) => !columns.includes(column));
      const fields = keyFields(
        plan,
        items.map(({ from }) => from),
      );
      const answers = await askRows(client, names, fields, items.length, (source) =>
        takeOutSql(plan, source, kept),
      );
      items.forEach(({ row }, i) => {
        const values = answers.get(i);
        if (values === undefined) return;
        moved.push(fillFrom(row, textImage(plan.shape.columns.length, kept, values)));
      });
    }
    return moved;
  }

  private async set(rows: readonly Image[]): Promise<void> {
    const { client, names } = this.tools;
    for (const { columns, items } of groupByUnchanged(rows, (row) => row, this.plan)) {
      const set = settable(this.plan, columns);
      if (set.length === 0) continue;
      const fields = [...keyFields(this.plan, items), ...valueFields(set, items)];
      await askRows(client, names, fields, items.length, (source) =>
        updateFoundSql(this.plan, source, set),
      );
    }
  }

  /**
   * What the source has at these keys now comes to the stage, be it a row or none: at keys where a row
   * should be, and at those that one left.
   */
  private async fetch(wanted: readonly Image[], left: readonly Image[] = []): Promise<void> {
    const { fetch, writers } = this.tools;
    const keys = [...wanted, ...left];
    if (keys.length === 0) return;
    const fetched = await fetch?.(this.plan.shape, keys);
    const rows = fetched?.rows ?? [];
    this.skipped += wanted.filter((_, i) => rows[i] == null).length;
    if (fetched === undefined) return;
    await this.remove(keys);
    await writers.markFetched(fetched.seen, () => this.put(this.once(rows)));
  }

  /** Two keys may be one that was written in two ways. */
  private once(rows: readonly (Image | null)[]): Image[] {
    const key = keyIndexes(this.plan);
    const byKey = new Map(rows.map((row) => [row === null ? null : keyText(row, key), row]));
    return [...byKey.values()].filter((row) => row !== null);
  }

  private async remove(keys: readonly Image[]): Promise<void> {
    await this.run({ ...NOTHING, deletes: keys.map((key) => ({ key, expected: false })) });
  }

  private async put(rows: readonly Image[]): Promise<void> {
    const untouched = settable(this.plan, this.plan.columns).length === 0;
    if (!untouched) {
      return this.run({ ...NOTHING, updates: rows.map((row) => ({ key: row, row })) });
    }
    // All columns are the key: there is nothing to update, only to have.
    const deletes = rows.map((row) => ({ key: row, expected: false }));
    await this.run({ ...NOTHING, deletes, inserts: rows });
  }

  private async run(folded: Folded): Promise<void> {
    const { client, names, writers } = this.tools;
    const { plan } = this;
    const context = { tableId: writers.tableId, plan, names, mode: 'mend' } as const;
    const steps = foldedSteps(context, folded);
    if (steps.length > 0) await runSteps(client, steps, new Map());
  }
}

function newestOf(positions: readonly Seen[]): string {
  return positions.reduce<string>(
    (newest, one) => (one !== undefined && one > newest ? one : newest),
    '',
  );
}
