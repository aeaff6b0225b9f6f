import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type {
  ActivityInboundCallsInterceptor,
  Next,
  ActivityExecuteInput,
} from '@temporalio/worker';
import type { Context } from '@temporalio/activity';
import { explainError, SluiceError, toSluiceError } from '../core/errors.js';
import { framesOf } from '../observability/last-words.js';
import type { Dependencies } from './dependencies.js';
import { noteFailure, stepOf } from './record-failure.js';

/** Law 1: rows, keys and secrets never enter Temporal, and nothing large does. */
const MAX_PAYLOAD_BYTES = 64 * 1024;

/**
 * The one door between activities and Temporal: errors become failures of a catalogued type whose
 * text holds no values, and a result that is too large is refused here instead of by the service.
 */
export class DoorInterceptor implements ActivityInboundCallsInterceptor {
  constructor(
    private readonly context: Context,
    private readonly deps: Pick<Dependencies, 'session' | 'logger' | 'failures'>,
  ) {}

  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const activity = this.context.info.activityType;
    const [of] = input.args;
    const began = Date.now();
    try {
      assertSmall(input.args, `the input of ${activity}`);
      const result = await next(input);
      assertSmall(result, `the result of ${activity}`);
      this.deps.failures.succeeded(stepOf(of, activity));
      return result;
    } catch (thrown) {
      const failure = this.#toFailure(thrown, activity);
      if (maySucceedLater(failure)) {
        const step = { activity, of, ranMs: Date.now() - began };
        await noteFailure(this.deps, step, toSluiceError(thrown));
      }
      throw failure;
    }
  }

  #toFailure(thrown: unknown, activity: string): unknown {
    if (thrown instanceof CancelledFailure || thrown instanceof ApplicationFailure) return thrown;
    if (this.context.cancellationSignal.aborted && isAbort(thrown)) {
      return new CancelledFailure('cancelled');
    }
    const error = toSluiceError(thrown);
    this.deps.logger.warn(
      { activity, code: error.code, vendor: error.vendorCode, cause: describeCause(error) },
      error.message,
    );
    return ApplicationFailure.create({
      message: explainError(error),
      type: error.code,
      nonRetryable: error.kind !== 'transient',
      ...nextRetry(error),
    });
  }
}

/** Tries that come fast may lock an account, or keep a busy server busy. */
const LOGIN_RESTS_MS = 30_000;

function nextRetry({ code, retryAfterMs }: SluiceError): { nextRetryDelay?: number } {
  const rests = code === 'LOGIN_REFUSED' ? LOGIN_RESTS_MS : retryAfterMs;
  return rests === undefined ? {} : { nextRetryDelay: rests };
}

/** What never can succeed by itself is told by its workflow. */
function maySucceedLater(failure: unknown): boolean {
  return failure instanceof ApplicationFailure && failure.nonRetryable !== true;
}

function assertSmall(payload: unknown, what: string): void {
  const bytes = Buffer.byteLength(JSON.stringify(payload ?? null));
  if (bytes <= MAX_PAYLOAD_BYTES) return;
  throw new SluiceError('PAYLOAD_TOO_LARGE', `${what} has ${bytes} bytes; the limit is 65536.`, {
    remedy: 'This is a defect of Sluice: please report it with the table count of the pipeline.',
  });
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'SluiceError');
}

/** Class and code of the cause: a driver's own text may hold values and stays out of the log. */
function describeCause(error: SluiceError): string | undefined {
  const { cause } = error;
  if (!(cause instanceof Error)) return undefined;
  const code = 'code' in cause && typeof cause.code === 'string' ? ` ${cause.code}` : '';
  const frames = error.code === 'UNEXPECTED' ? framesOf(cause).slice(0, 5) : [];
  const where = frames.length === 0 ? '' : ` ${frames.join(' <- ')}`;
  return `${cause.name}${code}${where}`;
}
