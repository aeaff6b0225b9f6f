import type {
  ControlError,
  ControlLog,
  ControlReport,
  ControlStatus,
  ControlVerification,
} from '../../../../src/engines/contract/control-tables.js';

export const NOW = new Date();

export function minutesAgo(minutes: number): Date {
  return new Date(NOW.getTime() - minutes * 60_000);
}

/** What is not said is empty. */
export function report(some: Partial<ControlReport>): ControlReport {
  return { statuses: [], logs: [], errors: [], verifications: [], ...some };
}

export function status(some: Partial<ControlStatus>): ControlStatus {
  return {
    mappingId: 1,
    key: '1',
    syncType: 'FULL_SYNC',
    status: 'RUNNING',
    recordsProcessed: 0,
    recordsFailed: 0,
    startedAt: minutesAgo(2),
    completedAt: null,
    errorMessage: null,
    ...some,
  };
}

export function log(eventId: number, some: Partial<ControlLog> = {}): ControlLog {
  const message = `event ${String(eventId)}`;
  return { eventId: String(eventId), mappingId: 1, level: 'INFO', message, at: NOW, ...some };
}

export function error(some: Partial<ControlError>): ControlError {
  return {
    key: '1',
    mappingId: 1,
    errorType: 'ROW_REJECTED',
    message: 'The row was refused.',
    retryCount: 0,
    at: NOW,
    resolvedAt: null,
    ...some,
  };
}

export function verification(some: Partial<ControlVerification>): ControlVerification {
  return {
    verificationId: '1',
    mappingId: 1,
    status: 'PASSED',
    recordsChecked: 10,
    mismatches: 0,
    message: 'Equal.',
    at: NOW,
    ...some,
  };
}
