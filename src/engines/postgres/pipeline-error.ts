import { SluiceError } from '../../core/errors.js';
import { toPgError } from './pg-errors.js';
import type { PipelineStatement } from './pipeline-frames.js';

/** An error of one statement of a pipeline; `vendorCode` is its SQLSTATE. */
export class PipelineError extends SluiceError {
  /** Counted from 0: how many statements before it succeeded. */
  readonly statementIndex: number;
  readonly statementName: string;

  constructor(thrown: unknown, index: number, statement: PipelineStatement | undefined) {
    const name = statement?.name ?? '';
    const meant = toPgError(thrown, describe(index, statement));
    super(meant.code, meant.message, {
      ...(meant.remedy === undefined ? {} : { remedy: meant.remedy }),
      ...(meant.vendorCode === undefined ? {} : { vendorCode: meant.vendorCode }),
      ...(meant.cause === undefined ? {} : { cause: meant.cause }),
    });
    this.statementIndex = index;
    this.statementName = name;
  }
}

function describe(index: number, statement: PipelineStatement | undefined): string {
  // Deferred constraints are checked after the last statement.
  if (statement === undefined) return 'the end of a batch';
  return `statement ${index + 1} of a batch (${statement.name || 'unnamed'})`;
}
