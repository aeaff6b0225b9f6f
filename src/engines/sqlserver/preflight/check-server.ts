import type { Finding } from '../../contract/schema.js';
import { productOf } from '../catalog/identity.js';
import type { MsConnection } from '../connection-options.js';
import { quoteIdent } from '../sql/quote.js';
import type { Basics } from './basics.js';
import { finding } from './findings.js';

const OLDEST = 13;
const OLDEST_BUILD = 4001;
const NEWEST = 17;
/** Below it OPENJSON, STRING_SPLIT and others are not known to the database. */
const OLDEST_COMPATIBILITY = 130;
const LOCAL = /^(localhost$|127\.|::1$|\.$)/;

/** What matters on either side. */
export function checkServer(connection: MsConnection, basics: Basics): Finding[] {
  return [
    checkVersion(basics),
    ...checkCompatibility(basics),
    ...checkEncryption(connection),
    ...checkAzure(basics),
  ];
}

/** CREATE OR ALTER and compression in every edition came with 2016 SP1, build 13.0.4001. */
function checkVersion({ facts }: Basics): Finding {
  const what = `The server runs ${productOf(facts)}`;
  const report = (severity: Finding['severity'], message: string, remedy?: string): Finding =>
    finding(severity, 'server.version', facts.database, message, remedy);
  if (facts.kind !== 'server') return report('ok', `${what}.`);
  const [, , build] = facts.version.split('.').map(Number);
  const isOld = facts.major < OLDEST || (facts.major === OLDEST && (build ?? 0) < OLDEST_BUILD);
  if (isOld) {
    return report('error', `${what}; Sluice needs SQL Server 2016 SP1 or newer.`, 'Upgrade it.');
  }
  if (facts.major > NEWEST) {
    const message = `${what}; Sluice is tested with SQL Server 2016 to 2025.`;
    return report('warning', message, 'Try it out first.');
  }
  return report('ok', `${what}.`);
}

function checkCompatibility({ facts }: Basics): Finding[] {
  if (facts.compatibility >= OLDEST_COMPATIBILITY) return [];
  return [
    finding(
      'warning',
      'database.compatibility',
      facts.database,
      `The database ${facts.database} has compatibility level ${String(facts.compatibility)}; Sluice is tested with 130 and above.`,
      `Run: ALTER DATABASE ${quoteIdent(facts.database)} SET COMPATIBILITY_LEVEL = 130`,
    ),
  ];
}

function checkEncryption(connection: MsConnection): Finding[] {
  const { host, tls } = connection;
  if (LOCAL.test(host)) return [];
  if (tls.mode === 'disable') {
    const message = `The connection to ${host} is not encrypted.`;
    const remedy = 'Set tls.mode to verifyFull and give the authority as tls.ca.';
    return [finding('warning', 'connection.not-encrypted', host, message, remedy)];
  }
  if (tls.mode === 'prefer' || tls.mode === 'require') {
    const message = `The certificate of ${host} is not checked: anybody between could read along.`;
    const remedy = 'Set tls.mode to verifyFull and give the authority as tls.ca.';
    return [finding('warning', 'connection.not-verified', host, message, remedy)];
  }
  return [];
}

function checkAzure({ facts }: Basics): Finding[] {
  if (facts.kind !== 'azure database') return [];
  const message =
    'Azure SQL Database has neither SQL Server Agent nor filegroups beside PRIMARY: its own scheduler runs Change Data Capture, and tables of other filegroups are made on PRIMARY.';
  return [finding('info', 'server.azure', facts.database, message)];
}
