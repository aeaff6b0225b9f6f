import { createHash } from 'node:crypto';
import type { ControlReport } from '../../contract/control-tables.js';
import { param } from '../param.js';
import type { Param } from '../param.js';
import type { Query } from '../sql-session.js';
import { takeAppLock } from '../state/app-lock.js';
import { timeParam } from '../state/utc-time.js';
import { valueRows } from '../state/value-rows.js';
import type { ReportTexts } from './sql/report.js';
import {
  BEGIN_PROGRESS,
  ERRORS,
  LOGS,
  PROGRESS,
  RAISE_PROGRESS,
  STATUSES,
  VERIFICATIONS,
} from './sql/report.js';

type ValueRow = readonly Param['value'][];

/** What an index row has room for beside the pipeline. */
const LONGEST_KEY = 400;

/** In the caller's transaction; several workers may report on a pipeline, one after the other. */
export async function writeReport(
  query: Query,
  pipeline: string,
  report: ControlReport,
): Promise<void> {
  await takeAppLock(query, `sluice.control.${pipeline}`);
  await upsert(query, pipeline, STATUSES, report.statuses.map(statusRow));
  await upsert(query, pipeline, LOGS, report.logs.map(logRow));
  await upsert(query, pipeline, ERRORS, report.errors.map(errorRow));
  await upsert(query, pipeline, VERIFICATIONS, report.verifications.map(verificationRow));
  const params = [
    param.nvarchar('pipeline', pipeline),
    param.bigint('event', newest(report.logs.map((one) => one.eventId))),
    param.bigint('verification', newest(report.verifications.map((one) => one.verificationId))),
  ];
  const raised = await query(RAISE_PROGRESS, params);
  if (raised.length === 0) await query(BEGIN_PROGRESS, params);
}

export async function readProgress(
  query: Query,
  pipeline: string,
): Promise<{ eventId: string; verificationId: string }> {
  type Progress = { event_id: string; verification_id: string };
  const [row] = await query<Progress>(PROGRESS, [param.nvarchar('pipeline', pipeline)]);
  return { eventId: row?.event_id ?? '0', verificationId: row?.verification_id ?? '0' };
}

async function upsert(
  query: Query,
  pipeline: string,
  texts: ReportTexts,
  rows: readonly ValueRow[],
): Promise<void> {
  const name = param.nvarchar('pipeline', pipeline);
  for (const { sql, params } of valueRows('v', texts.columns, rows)) {
    await query(texts.update(sql), [name, ...params]);
    await query(texts.insert(sql), [name, ...params]);
  }
}

function newest(ids: readonly string[]): bigint {
  return ids.map(BigInt).reduce((most, id) => (id > most ? id : most), 0n);
}

/** In the order of the columns of STATUSES; the others likewise. */
function statusRow(one: ControlReport['statuses'][number]): ValueRow {
  return [
    one.mappingId,
    one.syncType,
    one.key,
    one.status,
    one.recordsProcessed,
    one.recordsFailed,
    timeParam(one.startedAt),
    timeParam(one.completedAt),
    one.errorMessage,
  ];
}

function logRow(one: ControlReport['logs'][number]): ValueRow {
  return [one.eventId, one.mappingId, one.level, one.message, timeParam(one.at)];
}

function errorRow(one: ControlReport['errors'][number]): ValueRow {
  return [
    fittingKey(one.key),
    one.mappingId,
    one.errorType,
    one.message,
    one.retryCount,
    timeParam(one.at),
    timeParam(one.resolvedAt),
  ];
}

function verificationRow(one: ControlReport['verifications'][number]): ValueRow {
  return [
    one.verificationId,
    one.mappingId,
    one.status,
    one.recordsChecked,
    one.mismatches,
    one.message,
    timeParam(one.at),
  ];
}

/** Long keys stay apart by the digest at their end. */
function fittingKey(key: string): string {
  if (key.length <= LONGEST_KEY) return key;
  const digest = createHash('sha256').update(key).digest('hex');
  return `${key.slice(0, LONGEST_KEY - digest.length - 1)} ${digest}`;
}
