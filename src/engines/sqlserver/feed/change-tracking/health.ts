import type { Finding } from '../../../contract/schema.js';
import type { Query } from '../../sql-session.js';
import { readSwitch } from './enable.js';
import { enableDatabaseSql } from './sql/enable-sql.js';

/** What a DBA has to know of the database's Change Tracking. */
export async function trackingFindings(query: Query): Promise<Finding[]> {
  const { database, enabled, cleanup, snapshot, isPrimary } = await readSwitch(query);
  const subject = database;
  const findings: Finding[] = [];
  if (!isPrimary) {
    findings.push({
      severity: 'error',
      code: 'feed.tracking-secondary',
      subject,
      message: 'Change Tracking cannot be read from a secondary.',
      remedy: 'Set applicationIntent: readWrite for the source, so that the primary answers.',
    });
  }
  if (!enabled) {
    findings.push({
      severity: 'error',
      code: 'feed.tracking-off',
      subject,
      message: `Change Tracking is not switched on in the database ${database}.`,
      remedy: `Run: ${enableDatabaseSql(database, '2 DAYS')}; or set enableChangeTracking: true.`,
      makes: `Change Tracking of the database ${database}`,
    });
    return findings;
  }
  if (!cleanup) {
    findings.push({
      severity: 'warning',
      code: 'feed.tracking-grows',
      subject,
      message: 'Automatic clean-up of Change Tracking is off, so its tables grow for ever.',
      remedy: 'ALTER DATABASE … SET CHANGE_TRACKING (AUTO_CLEANUP = ON)',
    });
  }
  if (!snapshot) {
    findings.push({
      severity: 'info',
      code: 'feed.tracking-no-snapshot',
      subject,
      message:
        'Snapshot isolation is not allowed, so the changes of several tables are not read at one moment.',
      remedy: 'ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON',
    });
  }
  return findings;
}
