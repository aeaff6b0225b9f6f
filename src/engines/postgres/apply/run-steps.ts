import type pg from 'pg';
import { toPgError } from '../pg-errors.js';
import { PipelineError, runPipeline } from '../pipeline.js';
import type { Step } from './steps.js';

/** An error with the statements that were sent, to say whose it was. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  constructor(
    readonly error: unknown,
    readonly steps: readonly Step[],
  ) {
    super('A batch failed.');
  }

  /** The statement that failed, where it is known. */
  get step(): Step | undefined {
    return this.error instanceof PipelineError ? this.steps[this.error.statementIndex] : undefined;
  }
}

/** Rows that were not as expected, by table. */
export type Missing = Map<string, number>;

/**
 * Send the statements in one write and add what did not fit to `missing`.
 *
 * @throws StepFailure
 */
export async function runSteps(
  client: pg.Client,
  steps: readonly Step[],
  missing: Missing,
): Promise<void> {
  let rows;
  try {
    ({ rows } = await runPipeline(
      client,
      steps.map((step) => step.statement),
    ));
  } catch (error) {
    throw new StepFailure(toPgError(error, 'the target'), steps);
  }
  steps.forEach(({ tableId, expected }, index) => {
    if (tableId === null || expected === null) return;
    const found = Number(rows[index]?.[0]?.[0] ?? expected);
    if (found === expected) return;
    missing.set(tableId, (missing.get(tableId) ?? 0) + Math.abs(expected - found));
  });
}
