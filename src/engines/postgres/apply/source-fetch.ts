import type pg from 'pg';
import type { Shape } from '../../../core/change.js';
import type { Image } from '../../../core/cell.js';
import { askRows, textImage } from './numbered-rows.js';
import { PlanCache } from './plan-cache.js';
import { selectSql } from './sql/stage.js';
import { StatementNames } from './statement-names.js';
import { keyFields, valueFields } from './steps.js';

export interface FetchRequest {
  readonly shape: Shape;
  /** Rows with their keys as they are now; each wants the columns numbered in `columns`. */
  readonly rows: readonly Image[];
  readonly columns: readonly number[];
}

export interface Fetched {
  readonly values: Image;
  /** In its other columns the row is as it was given. */
  readonly alike: boolean;
}

/**
 * Values that a change left out, read from the source as it is now: for each row the columns
 * asked for, or null when the source has no row of that key any more.
 */
export type FetchFromSource = (request: FetchRequest) => Promise<readonly (Fetched | null)[]>;

/**
 * FetchFromSource on a session of the source (with pinned settings: values travel as text).
 *
 * @throws SluiceError TABLE_MISSING, SCHEMA_MISMATCH when the source's table has changed since
 */
export function fetchOn(source: pg.Client): FetchFromSource {
  const plans = new PlanCache(source);
  const names = new StatementNames();
  return async ({ shape, rows, columns }) => {
    const plan = await plans.load(shape, shape.table);
    const wanted = plan.columns.filter((column) => columns.includes(column.index));
    const known = plan.columns.filter((column) => !columns.includes(column.index));
    const fields = [...keyFields(plan, rows), ...valueFields(known, rows)];
    const answers = await askRows(source, names, fields, rows.length, (from) =>
      selectSql(plan, from, { known, kept: wanted }),
    );
    return rows.map((_, row) => {
      const found = answers.get(row);
      if (found === undefined) return null;
      const [alike, ...values] = found;
      return {
        values: textImage(shape.columns.length, wanted, values),
        alike: alike === 'true',
      };
    });
  };
}
