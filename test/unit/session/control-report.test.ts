import { describe, expect, it } from 'vitest';
import type { ControlPipeline } from '../../../src/config/control-tables/made.js';
import { ControlNews, isEmpty } from '../../../src/session/control-news.js';
import { reportOf, type DestinationState } from '../../../src/session/control-report.js';
import type { ErrorRow, EventRow } from '../../../src/state/history.js';
import { NOW, secondsAgo, tableRow } from '../cli/rows.js';

const USERS = { schema: 'dbo', table: 'Users' };
const PIPELINE: ControlPipeline = {
  name: 's--a--b',
  serverId: 1,
  mappings: [{ mappingId: 7, source: USERS, target: USERS, enabled: true }],
};
const QUIET: DestinationState = {
  tables: [],
  copyStarted: new Map(),
  changes: new Map(),
  fullSyncs: [],
  events: [],
  errors: [],
  verifications: [],
  differences: [],
};
const SYNCED = {
  tableId: '1',
  epoch: '1',
  rows: 500,
  startedAt: secondsAgo(90),
  finishedAt: secondsAgo(60),
};

const users = (over: Parameters<typeof tableRow>[0] = {}) => tableRow({ source: USERS, ...over });

function report(over: Partial<DestinationState>): ReturnType<typeof reportOf> {
  return reportOf(PIPELINE, { ...QUIET, ...over }, NOW);
}

function statuses(over: Partial<DestinationState>) {
  return report(over).statuses.map(({ syncType, status, key, recordsProcessed, completedAt }) => [
    syncType,
    status,
    key,
    recordsProcessed,
    completedAt,
  ]);
}

const ERROR: ErrorRow = {
  errorId: '3',
  pipeline: 's--a--b',
  target: 'dest',
  table: USERS,
  code: 'ROW_REJECTED',
  message: 'A row was rejected.',
  remedy: null,
  occurrences: 3,
  firstAt: secondsAgo(60),
  lastAt: secondsAgo(10),
  resolvedAt: null,
};

const EVENT: EventRow = {
  eventId: '4',
  at: secondsAgo(5),
  pipeline: 's--a--b',
  target: 'dest',
  table: USERS,
  level: 'warning',
  kind: 'k',
  message: 'Slow.',
};

describe('the report of a destination', () => {
  it('has a full sync that runs, and the stream that goes on beside it', () => {
    const row = users({ phase: 'fullSync', epoch: '2', rowsCopied: 40 });
    const state = { tables: [row], copyStarted: new Map([['1', secondsAgo(30)]]) };
    expect(statuses(state)).toEqual([
      ['FULL_SYNC', 'RUNNING', '2', 40, null],
      ['CDC', 'RUNNING', 'stream', 0, null],
    ]);
    expect(report(state).statuses[0]?.startedAt).toEqual(secondsAgo(30));
  });

  it('has one that ended, and how many changes followed', () => {
    const state = { tables: [users()], fullSyncs: [SYNCED], changes: new Map([['1', 12]]) };
    expect(statuses(state)).toEqual([
      ['FULL_SYNC', 'COMPLETED', '1', 500, SYNCED.finishedAt],
      ['CDC', 'RUNNING', 'stream', 12, null],
    ]);
  });

  it('says ERROR of what a quarantined table was at, with the reason', () => {
    const row = users({ phase: 'quarantined', faultCode: 'ROW_REJECTED', faultMessage: 'why' });
    const streaming = report({ tables: [{ ...row, phaseBefore: 'streaming' }] }).statuses;
    expect(streaming).toMatchObject([
      { syncType: 'CDC', status: 'ERROR', errorMessage: 'why', recordsFailed: 1 },
    ]);
    const copying = { ...row, phaseBefore: 'new', epoch: '0', applies: false };
    expect(statuses({ tables: [copying] })).toEqual([['FULL_SYNC', 'ERROR', '1', 1000, null]]);
  });

  it('ends the stream of a table that is switched off', () => {
    const asked = users({ phase: 'streaming', applies: true, enabled: false });
    expect(report({ tables: [asked] }).statuses).toMatchObject([{ status: 'RUNNING' }]);
    expect(statuses({ tables: [users({ phase: 'paused', enabled: false })] })).toEqual([
      ['CDC', 'COMPLETED', 'stream', 0, secondsAgo(3600)],
    ]);
  });

  it('has no stream for a table that is copied by its trigger alone', () => {
    expect(statuses({ tables: [users({ laneId: null })] })).toEqual([]);
  });

  it('has events and errors with the mapping that they are about', () => {
    const events = [EVENT, { ...EVENT, eventId: '5', level: 'debug' as const }];
    const { logs, errors } = report({ tables: [users()], events, errors: [ERROR] });
    expect(logs).toEqual([
      { eventId: '4', mappingId: 7, level: 'WARNING', message: 'Slow.', at: EVENT.at },
    ]);
    expect(errors).toMatchObject([
      { key: '3', mappingId: 7, errorType: 'ROW_REJECTED', retryCount: 2, resolvedAt: null },
    ]);
  });

  it('has verifications, and names the keys that differ until one passes', () => {
    const mismatch = { ...ERROR, code: 'VERIFICATION_FAILED', message: '2 rows differ.' };
    const differences = ['5', '9'].map((key) => ({
      table: USERS,
      key,
      difference: 'changed',
      repaired: false,
    }));
    const verification = {
      verificationId: '8',
      tableId: '1',
      result: 'failed',
      sourceRows: 10,
      targetRows: 9,
      differences: 2,
      message: '2 rows differ',
      finishedAt: secondsAgo(10),
    };
    const state = { errors: [mismatch], differences, verifications: [verification] };
    const failed = report({ ...state, tables: [users({ verifiedResult: 'failed' })] });
    expect(failed.errors[0]?.message).toBe('2 rows differ. Keys: 5 (changed), 9 (changed).');
    expect(failed.verifications).toMatchObject([
      { mappingId: 7, status: 'FAILED', recordsChecked: 10, mismatches: 2 },
    ]);
    const verified = { verifiedResult: 'passed', verifiedAt: secondsAgo(1) };
    const passed = report({ ...state, tables: [users(verified)] });
    expect(passed.errors[0]?.resolvedAt).toEqual(secondsAgo(1));
  });

  it('calls a verification without a verdict an error, which settles no mismatch', () => {
    const unsettled = {
      verificationId: '9',
      tableId: '1',
      result: 'unsettled',
      sourceRows: 10,
      targetRows: 10,
      differences: 0,
      message: '3 rows could not be settled',
      finishedAt: secondsAgo(5),
    };
    const mismatch = { ...ERROR, code: 'VERIFICATION_FAILED', message: '2 rows differ.' };
    const verified = users({ verifiedResult: 'unsettled', verifiedAt: secondsAgo(5) });
    const state = { errors: [mismatch], verifications: [unsettled], tables: [verified] };
    expect(report(state).verifications).toMatchObject([
      { status: 'ERROR', message: '3 rows could not be settled' },
    ]);
    expect(report(state).errors[0]?.resolvedAt).toBeNull();
  });

  it('names a mapping whose table the source does not show', () => {
    const other = tableRow({ source: { schema: 'dbo', table: 'Other' } });
    expect(report({ tables: [other] }).errors).toMatchObject([
      { mappingId: 7, errorType: 'TABLE_UNKNOWN' },
    ]);
    expect(report({ tables: [] }).errors).toEqual([]);
  });
});

describe('what is new of it', () => {
  it('is nothing when nothing changed, and a full sync that was given up', () => {
    const news = new ControlNews();
    const first = news.of(report({ tables: [users({ phase: 'fullSync', applies: false })] }), NOW);
    expect(first.news.statuses).toHaveLength(1);
    news.said(first.all);
    const again = report({ tables: [users({ phase: 'fullSync', applies: false })] });
    expect(isEmpty(news.of(again, NOW).news)).toBe(true);
    const next = report({ tables: [users({ phase: 'fullSync', applies: false, epoch: '2' })] });
    expect(news.of(next, NOW).news.statuses).toMatchObject([
      { key: '2', status: 'RUNNING' },
      { key: '1', status: 'ERROR', completedAt: NOW },
    ]);
  });

  it('is said again when it was not taken', () => {
    const news = new ControlNews();
    const state = report({ tables: [users()] });
    expect(news.of(state, NOW).news).toEqual(news.of(state, NOW).news);
  });

  it('resolves the error of a mapping when its table is there', () => {
    const news = new ControlNews();
    const other = tableRow({ source: { schema: 'dbo', table: 'Other' } });
    const first = news.of(report({ tables: [other] }), NOW);
    news.said(first.all);
    const later = new Date(NOW.getTime() + 5_000);
    const same = reportOf(PIPELINE, { ...QUIET, tables: [other] }, later);
    expect(isEmpty(news.of(same, later).news)).toBe(true);
    const found = reportOf(PIPELINE, { ...QUIET, tables: [other, users({ tableId: '2' })] }, later);
    expect(news.of(found, later).news.errors).toMatchObject([{ mappingId: 7, resolvedAt: later }]);
  });
});
