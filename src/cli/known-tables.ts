/** The tables that a pipeline knows on its targets, by the names and globs that a person typed. */
import { formatTableName } from '../config/table-name.js';
import { nearest } from '../config/nearest.js';
import { SluiceError } from '../core/errors.js';
import type { TableName } from '../core/names.js';
import type { PipelineSession } from '../session/pipeline-session.js';
import type { TableRow } from '../state/store.js';
import { meant } from './await-tables.js';
import type { CliContext } from './context.js';
import type { SelectedPipeline } from './select.js';
import { startedState } from './started-state.js';

/** All rows of the selected targets. Throws STATE_MISSING where nothing was ever started. */
export async function readKnown(
  session: PipelineSession,
  selected: SelectedPipeline,
): Promise<TableRow[]> {
  const all: TableRow[] = [];
  let started = false;
  for (const name of selected.targets) {
    const state = await startedState(session, name);
    if (state === null) continue;
    started = true;
    const rows = await state.tables.list(selected.name);
    all.push(...rows.filter((row) => row.target === name));
  }
  if (started) return all;
  throw new SluiceError('STATE_MISSING', `The pipeline ${selected.name} was never started.`, {
    remedy: `Start it with sluice start --pipeline ${selected.name}.`,
  });
}

/**
 * The rows that the patterns mean, read from the selected targets. Throws as readKnown and meantBy do: ask all
 * pipelines before one is told anything.
 */
export async function readMeant(
  cli: CliContext,
  selected: SelectedPipeline,
  patterns: readonly string[],
  purpose: string,
): Promise<TableRow[]> {
  const known = await cli.use(selected.name, purpose, (session) => readKnown(session, selected));
  return meantBy(known, patterns, selected.name);
}

/** The rows that the patterns mean. Throws TABLE_UNKNOWN for a pattern that means none. */
export function meantBy(
  rows: readonly TableRow[],
  patterns: readonly string[],
  pipeline: string,
): TableRow[] {
  for (const pattern of patterns) {
    if (rows.some((row) => meant(row, [pattern]))) continue;
    if (pattern === '*') continue;
    throw unknownTable(
      pattern,
      rows.map((row) => row.source),
      `The pipeline ${pipeline}`,
    );
  }
  return rows.filter((row) => meant(row, patterns));
}

/** @param where that has these tables, as the beginning of a sentence */
export function unknownTable(
  pattern: string,
  known: readonly TableName[],
  where: string,
): SluiceError {
  const near = nearest(pattern, known.map(formatTableName));
  const remedy =
    near === undefined ? 'See sluice tables.' : `Did you mean ${near}? See sluice tables.`;
  return new SluiceError('TABLE_UNKNOWN', `${where} has no table that "${pattern}" means.`, {
    remedy,
  });
}
