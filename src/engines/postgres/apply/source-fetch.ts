import type pg from 'pg';
import type { Shape } from '../../../core/change.js';
import type { Image } from '../../../core/cell.js';
import type { Position } from '../../contract/feed.js';
import { toPosition } from '../feed/position.js';
import { SEEN_POSITION } from '../full-sync/copy-sql.js';
import { askRows, textImage } from './numbered-rows.js';
import { PlanCache } from './plan-cache.js';
import { selectSql } from './sql/stage.js';
import { StatementNames } from './statement-names.js';
import { keyFields } from './steps.js';
import type { PlanColumn, TablePlan } from './table-plan.js';
import { byLateKey } from './table-plan.js';

export interface Fetched {
  /** For each key its row, whole; null where the source has none. */
  readonly rows: readonly (Image | null)[];
  /** What they may have seen lies before it. */
  readonly seen: Position;
}

/** Rows as the source has them now, by images that have their keys. */
export type FetchFromSource = (shape: Shape, keys: readonly Image[]) => Promise<Fetched>;

/**
 * FetchFromSource on a session of the source (with pinned settings: values travel as text).
 *
 * @throws SluiceError TABLE_MISSING, SCHEMA_MISMATCH when the source's table has changed since
 */
export function fetchOn(source: pg.Client): FetchFromSource {
  const plans = new PlanCache(source);
  const names = new StatementNames();
  return async (shape, keys) => {
    const plan = byLateKey(await plans.load(shape, shape.table));
    const columns = readable(shape, plan);
    const answers = await askRows(source, names, keyFields(plan, keys), keys.length, (from) =>
      selectSql(plan, from, columns),
    );
    const rows = keys.map((_, n) => {
      const found = answers.get(n);
      return found === undefined ? null : textImage(shape.columns.length, columns, found);
    });
    const { rows: now } = await source.query<{ position: string }>(SEEN_POSITION);
    return { rows, seen: toPosition(now[0]?.position ?? '') };
  };
}

/** Those that the source computes, too: on the target they may be columns like others. */
function readable(shape: Shape, { table }: TablePlan): PlanColumn[] {
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  return shape.columns.flatMap(({ name }, index) => {
    const target = byName.get(name);
    return target === undefined ? [] : [{ index, target, wire: target.type }];
  });
}
