import { SluiceError } from '../../../core/errors.js';
import type { Finding } from '../../contract/schema.js';
import { quoteIdent } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';
import type { Basics } from './check-server.js';
import { finding } from './findings.js';

const FIRST_WITH_PARAMETER_GRANTS = 150000;
const FIRST_NOT_ENFORCED = 180000;

export async function checkTarget(session: SqlSession, basics: Basics): Promise<Finding[]> {
  return [
    ...checkWritable(basics),
    ...checkCreate(basics),
    ...(await checkTriggers(session, basics)),
    ...(await checkDurability(session)),
  ];
}

function checkWritable(basics: Basics): Finding[] {
  const { database } = basics;
  if (basics.in_recovery) {
    const message = `The target ${database} is a standby and cannot be written to.`;
    return [
      finding('error', 'target.standby', database, message, 'Name the primary as the target.'),
    ];
  }
  if (!basics.read_only) return [];
  return [
    finding(
      'error',
      'target.read-only',
      database,
      `Transactions in ${database} are read-only by default.`,
      `Run: ALTER ROLE ${quoteIdent(basics.role)} SET default_transaction_read_only = off`,
    ),
  ];
}

function checkCreate(basics: Basics): Finding[] {
  const { database, role } = basics;
  if (basics.may_create) return [];
  const grant = `GRANT CREATE ON DATABASE ${quoteIdent(database)} TO ${quoteIdent(role)}`;
  const message = `The role ${role} may not create schemas in ${database}.`;
  return [
    finding(
      basics.has_state ? 'warning' : 'error',
      'target.create',
      database,
      message,
      `Run: ${grant}`,
    ),
  ];
}

/** Replicated rows must not fire the target's triggers again, nor be refused by foreign keys. */
async function checkTriggers(session: SqlSession, basics: Basics): Promise<Finding[]> {
  const { role } = basics;
  const code = 'target.session-replication-role';
  try {
    await session.transaction(async (query) => {
      await query('SET LOCAL session_replication_role = replica');
    });
    return [finding('ok', code, role, `The role ${role} can switch triggers off for its session.`)];
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'PERMISSION_DENIED') throw error;
    const remedy =
      basics.version >= FIRST_WITH_PARAMETER_GRANTS
        ? `Run: GRANT SET ON PARAMETER session_replication_role TO ${quoteIdent(role)}`
        : 'Use a superuser, or the role that your provider has for replication.';
    const keys =
      basics.version >= FIRST_NOT_ENFORCED
        ? 'foreign keys are made NOT ENFORCED'
        : 'foreign keys are not made';
    const message = `The role ${role} cannot switch triggers off: triggers of target tables, and foreign keys that are there already, act on replicated rows; ${keys}.`;
    return [finding('warning', code, role, message, remedy)];
  }
}

async function checkDurability(session: SqlSession): Promise<Finding[]> {
  const rows = await session.query<{ value: string }>(
    "SELECT current_setting('synchronous_commit') AS value",
  );
  if (rows[0]?.value !== 'off') return [];
  return [
    finding(
      'info',
      'target.synchronous-commit',
      'synchronous_commit',
      'synchronous_commit is off by default here; Sluice switches it on for its own sessions.',
    ),
  ];
}
