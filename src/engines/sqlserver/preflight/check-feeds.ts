import { z } from 'zod';
import type { Finding } from '../../contract/schema.js';
import type { MayEnable } from '../catalog/feeds-of.js';
import { flag, readRows } from '../catalog/read-rows.js';
import { quoteIdent } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { unlessHidden } from '../unless-hidden.js';
import type { Basics } from './basics.js';
import { finding } from './findings.js';
import { READ_CHANGE_TRACKING } from './sql/basics.js';
import { READ_AGENT } from './sql/state.js';

const trackingRow = z.object({
  retention: z.number().nullable(),
  unit: z.string().nullable(),
  autoCleanup: flag,
});
const agentRow = z.object({ status: z.string() });

/** Whether changes can be followed: by Change Data Capture, by Change Tracking, or by neither. */
export async function checkFeeds(query: Query, basics: Basics, may: MayEnable): Promise<Finding[]> {
  const [tracking] =
    (await unlessHidden(async () => readRows(query, READ_CHANGE_TRACKING, trackingRow))) ?? [];
  const other = { cdc: tracking !== undefined, changeTracking: basics.cdc };
  return [
    ...(basics.cdc ? await checkCdc(query, basics) : [cdcOff(basics, may.cdc, other.cdc)]),
    ...(tracking === undefined
      ? [trackingOff(basics, may.changeTracking, other.changeTracking)]
      : trackingOn(tracking, basics)),
    ...checkSnapshots(basics, tracking !== undefined || may.changeTracking),
    ...checkReplica(basics, tracking !== undefined),
  ];
}

/** A feed that is off is a warning only where the other one is off as well. */
function cdcOff({ facts, isSysadmin, login }: Basics, may: boolean, other: boolean): Finding {
  const what = `Change Data Capture is off in ${facts.database}`;
  const report = (severity: Finding['severity'], message: string, remedy?: string): Finding =>
    finding(severity, 'feed.cdc-off', facts.database, message, remedy);
  const statements =
    'EXEC sys.sp_cdc_enable_db; and for each table: EXEC sys.sp_cdc_enable_table ' +
    "@source_schema = N'<schema>', @source_name = N'<table>', @role_name = NULL";
  if (!may) {
    const remedy = `Let a DBA run: ${statements}; or set enableCdc: true.`;
    return report(other ? 'info' : 'warning', `${what}.`, remedy);
  }
  if (isSysadmin || facts.kind === 'azure database') {
    return report('ok', `${what}; Sluice switches it on (enableCdc).`);
  }
  const message = `${what}, and the login ${login} may not switch it on: that takes sysadmin.`;
  return report('warning', message, `Let a DBA run: ${statements}`);
}

async function checkCdc(query: Query, basics: Basics): Promise<Finding[]> {
  const { facts, user, mayReadCdc, mayViewState } = basics;
  const findings = [
    finding('ok', 'feed.cdc', facts.database, `Change Data Capture is on in ${facts.database}.`),
  ];
  if (!mayReadCdc) {
    const message = `The user ${user} may not read the change tables.`;
    const remedy = `Run: GRANT SELECT ON SCHEMA::cdc TO ${quoteIdent(user)}`;
    findings.push(finding('error', 'feed.cdc-select', user, message, remedy));
  }
  if (!mayViewState) {
    const message = `The user ${user} may not see running transactions: a copy waits a little longer before it begins.`;
    const remedy = `Run: GRANT VIEW DATABASE STATE TO ${quoteIdent(user)}`;
    findings.push(finding('info', 'feed.view-state', user, message, remedy));
  }
  return [...findings, ...(await checkAgent(query, basics)), ...checkCapture(basics)];
}

/** Nothing reaches the change tables while the Agent does not run the capture job. */
async function checkAgent(query: Query, basics: Basics): Promise<Finding[]> {
  const { facts, login, mayViewServerState } = basics;
  const code = 'feed.agent';
  if (facts.kind === 'azure database') return [];
  const start = 'Start SQL Server Agent, and set it to start by itself.';
  if (!mayViewServerState) {
    const message = `Whether SQL Server Agent runs cannot be told: the login ${login} may not see it.`;
    const remedy = `Run: GRANT VIEW SERVER STATE TO ${quoteIdent(login)}`;
    return [finding('info', code, facts.server, message, remedy)];
  }
  const [agent] = (await unlessHidden(async () => readRows(query, READ_AGENT, agentRow))) ?? [];
  if (agent === undefined) {
    const message = 'Whether SQL Server Agent runs cannot be told: the server does not list it.';
    return [finding('info', code, facts.server, message, start)];
  }
  if (agent.status === 'Running') {
    return [finding('ok', code, facts.server, 'SQL Server Agent runs.')];
  }
  const message = `SQL Server Agent is ${agent.status.toLowerCase()}: no change reaches the change tables.`;
  return [finding('error', code, facts.server, message, start)];
}

/** The log may not be cut off before the capture job has read it. */
function checkCapture({ facts, logReuseWait }: Basics): Finding[] {
  if (logReuseWait !== 'REPLICATION') return [];
  const message = `The log of ${facts.database} waits for the capture job and grows until it has been read.`;
  const remedy =
    'Look whether the capture job runs: EXEC sys.sp_cdc_help_jobs; EXEC sys.sp_cdc_start_job';
  return [finding('warning', 'feed.capture-behind', facts.database, message, remedy)];
}

/** It is no matter where no table follows Change Tracking. */
function ofTracking(found: Finding): Finding {
  return { ...found, feed: 'changeTracking' };
}

function trackingOff({ facts, mayAlter, login }: Basics, may: boolean, other: boolean): Finding {
  const what = `Change Tracking is off in ${facts.database}`;
  const statement =
    `ALTER DATABASE ${quoteIdent(facts.database)} SET CHANGE_TRACKING = ON ` +
    '(CHANGE_RETENTION = 2 DAYS, AUTO_CLEANUP = ON); and for each table: ' +
    'ALTER TABLE <table> ENABLE CHANGE_TRACKING WITH (TRACK_COLUMNS_UPDATED = ON)';
  const report = (severity: Finding['severity'], message: string, remedy?: string): Finding =>
    ofTracking(finding(severity, 'feed.change-tracking-off', facts.database, message, remedy));
  if (!may) {
    const remedy = `Let a DBA run: ${statement}; or set enableChangeTracking: true.`;
    return report(other ? 'info' : 'warning', `${what}.`, remedy);
  }
  if (mayAlter) return report('ok', `${what}; Sluice switches it on (enableChangeTracking).`);
  const message = `${what}, and the login ${login} may not switch it on: that takes ALTER on the database.`;
  return report('warning', message, `Let a DBA run: ${statement}`);
}

function trackingOn(tracking: z.infer<typeof trackingRow>, { facts }: Basics): Finding[] {
  const { retention, unit, autoCleanup } = tracking;
  const kept = `${String(retention ?? 0)} ${(unit ?? '').toLowerCase()}`;
  const message = `Change Tracking is on in ${facts.database} and keeps changes for ${kept}; tables that are behind for longer are copied again.`;
  const on = ofTracking(finding('ok', 'feed.change-tracking', facts.database, message));
  if (autoCleanup) return [on];
  const grows = 'Its automatic clean-up is off: the side tables grow without end.';
  const remedy = `Run: ALTER DATABASE ${quoteIdent(facts.database)} SET CHANGE_TRACKING (AUTO_CLEANUP = ON)`;
  return [on, ofTracking(finding('warning', 'feed.auto-cleanup', facts.database, grows, remedy))];
}

/** sys.databases: 0 off, 1 on, 2 and 3 on the way. */
function checkSnapshots({ facts, snapshotIsolation }: Basics, tracked: boolean): Finding[] {
  if (!tracked || snapshotIsolation === 1) return [];
  const message = `Snapshot isolation is off in ${facts.database}: each poll of Change Tracking is checked once more before it counts.`;
  const remedy = `Run: ALTER DATABASE ${quoteIdent(facts.database)} SET ALLOW_SNAPSHOT_ISOLATION ON`;
  const code = 'feed.snapshot-isolation';
  return [ofTracking(finding('warning', code, facts.database, message, remedy))];
}

/** Change Tracking has no functions on a secondary; CDC can be read there, not set up. */
function checkReplica({ facts, updateability }: Basics, tracked: boolean): Finding[] {
  if (updateability !== 'READ_ONLY') return [];
  const message = `${facts.database} on ${facts.server} is read-only (a secondary): positions and rows of a table are read from this same server, and nothing can be switched on here.`;
  const info = finding('info', 'source.read-only', facts.server, message);
  if (!tracked) return [info];
  const refused = 'Change Tracking cannot be followed on a read-only secondary.';
  const remedy = 'Set applicationIntent: readWrite on the connection, or follow the tables by CDC.';
  const code = 'feed.change-tracking-secondary';
  const secondary = finding('error', code, facts.server, refused, remedy);
  return [info, ofTracking(secondary)];
}
