import type pg from 'pg';
import type { Cell } from '../../../core/change.js';
import { UNCHANGED } from '../../../core/change.js';
import type { Image } from '../../../core/cell.js';
import { TEXT_FORMAT } from '../../../core/cell.js';
import { runPipeline } from '../pipeline.js';
import type { Field, SourceRows } from './source-rows.js';
import { arraySource, rowSource } from './source-rows.js';
import type { StatementNames } from './statement-names.js';
import type { PlanColumn } from './table-plan.js';

/** What a statement answered for the rows it found: place in the input → values as text. */
export type Answers = ReadonlyMap<number, readonly (string | null)[]>;

/**
 * Run a statement over rows whose answer begins with the row's number. Rows that cannot travel as
 * arrays are sent one by one.
 *
 * @throws PipelineError
 */
export async function askRows(
  client: pg.Client,
  names: StatementNames,
  fields: readonly Field[],
  count: number,
  text: (source: SourceRows) => string,
): Promise<Answers> {
  if (count === 0) return new Map();
  const all = arraySource(fields, count);
  const sources =
    all === null ? Array.from({ length: count }, (_, row) => rowSource(fields, row)) : [all];
  const statements = sources.map((source) =>
    names.statement(text(source), source.types, source.values),
  );
  const { rows } = await runPipeline(client, statements);
  const answers = new Map<number, readonly (string | null)[]>();
  rows.forEach((answer, statement) => {
    for (const [n, ...values] of answer) {
      answers.set(all === null ? statement : Number(n) - 1, values);
    }
  });
  return answers;
}

/** A full-width image of values as text; what is not among `columns` is left out. */
export function textImage(
  width: number,
  columns: readonly PlanColumn[],
  values: readonly (string | null)[],
): Image {
  const cells = new Array<Cell>(width).fill(UNCHANGED);
  columns.forEach((column, i) => {
    const value = values[i];
    cells[column.index] = value === null || value === undefined ? null : Buffer.from(value);
  });
  return { cells, formats: new Uint8Array(width).fill(TEXT_FORMAT) };
}
