/** Of a report that says everything at every look, what is new; pure but for what it remembers. */
import type {
  ControlError,
  ControlReport,
  ControlStatus,
} from '../engines/contract/control-tables.js';

/** Keys of errors that nobody resolves: they are gone when the next report does not have them. */
export const PASSING = 'row ';

/** Ids of events and verifications may be handed out before others that are committed earlier. */
const WINDOW = 100n;

/** From which id on to ask again, so that what was committed late is found. */
export function askFrom(reportedUpTo: string): string {
  const start = BigInt(reportedUpTo) - WINDOW;
  return String(start > 0n ? start : 0n);
}

export class ControlNews {
  #told: ControlReport = { statuses: [], logs: [], errors: [], verifications: [] };

  /** `news` is to be reported; then `said(all)`. */
  of(report: ControlReport, now: Date): { all: ControlReport; news: ControlReport } {
    const told = this.#told;
    const all = { ...report, errors: report.errors.map((one) => this.#since(one)) };
    const statuses = fresh(all.statuses, told.statuses, statusKey);
    const errors = fresh(all.errors, told.errors, errorKey);
    const news = {
      statuses: [...statuses, ...givenUp(told.statuses, all.statuses, now)],
      logs: fresh(all.logs, told.logs, (one) => one.eventId),
      errors: [...errors, ...passed(told.errors, all.errors, now)],
      verifications: fresh(all.verifications, told.verifications, (one) => one.verificationId),
    };
    return { all, news };
  }

  said(all: ControlReport): void {
    this.#told = all;
  }

  /** What is found again at every look began when it was found first. */
  #since(error: ControlError): ControlError {
    if (!error.key.startsWith(PASSING)) return error;
    const before = this.#told.errors.find((one) => one.key === error.key);
    return before === undefined ? error : { ...error, at: before.at };
  }
}

export function isEmpty({ statuses, logs, errors, verifications }: ControlReport): boolean {
  return statuses.length + logs.length + errors.length + verifications.length === 0;
}

function statusKey({ mappingId, syncType, key }: ControlStatus): string {
  return `${String(mappingId)} ${syncType} ${key}`;
}

function errorKey({ key }: ControlError): string {
  return key;
}

function fresh<T>(now: readonly T[], told: readonly T[], keyOf: (one: T) => string): T[] {
  const before = new Map(told.map((one) => [keyOf(one), JSON.stringify(one)]));
  return now.filter((one) => before.get(keyOf(one)) !== JSON.stringify(one));
}

/** A full sync that neither goes on nor ended: another one began, or the table left. */
function givenUp(
  told: readonly ControlStatus[],
  now: readonly ControlStatus[],
  at: Date,
): ControlStatus[] {
  const known = new Set(now.map(statusKey));
  return told
    .filter((one) => one.syncType === 'FULL_SYNC' && one.completedAt === null)
    .filter((one) => !known.has(statusKey(one)))
    .map((one) => ({
      ...one,
      status: 'ERROR',
      completedAt: at,
      errorMessage: one.errorMessage ?? 'It was given up: another one began, or the table left.',
    }));
}

function passed(
  told: readonly ControlError[],
  now: readonly ControlError[],
  at: Date,
): ControlError[] {
  const known = new Set(now.map(errorKey));
  return told
    .filter((one) => one.key.startsWith(PASSING) && !known.has(one.key))
    .map((one) => ({ ...one, resolvedAt: at }));
}
