import type { Finding } from '../../contract/schema.js';
import { quoteIdent } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';
import type { Basics } from './check-server.js';
import { finding } from './findings.js';
import { READ_TABLE_RIGHTS } from './preflight-sql.js';

interface TableRights extends Record<string, unknown> {
  readonly tables: number;
  readonly unreadable: number;
  readonly unreadable_names: string[] | null;
  readonly foreign_owned: number;
  readonly foreign_names: string[] | null;
  readonly filtered: number;
  readonly filtered_names: string[] | null;
}

/** What the role may not do with the source's tables. */
export async function checkTables(session: SqlSession, basics: Basics): Promise<Finding[]> {
  const [rights] = await session.query<TableRights>(READ_TABLE_RIGHTS);
  if (rights === undefined) return [];
  return [
    ...unreadable(rights, basics.role),
    ...filtered(rights, basics.role),
    ...foreignOwned(rights, basics.role),
  ];
}

function unreadable(rights: TableRights, role: string): Finding[] {
  if (rights.unreadable === 0) return [];
  const names = some(rights.unreadable, rights.unreadable_names);
  return [
    finding(
      'warning',
      'table.select',
      names,
      `The role ${role} may not read ${counted(rights.unreadable, rights.tables)}: ${names}.`,
      `Run: GRANT USAGE ON SCHEMA <schema> TO ${quoteIdent(role)}; GRANT SELECT ON ALL TABLES IN SCHEMA <schema> TO ${quoteIdent(role)}`,
    ),
  ];
}

function filtered(rights: TableRights, role: string): Finding[] {
  if (rights.filtered === 0) return [];
  const names = some(rights.filtered, rights.filtered_names);
  return [
    finding(
      'error',
      'table.row-security',
      names,
      `Row-level security hides rows of ${counted(rights.filtered, rights.tables)} from the role ${role}: ${names}.`,
      `Run: ALTER ROLE ${quoteIdent(role)} WITH BYPASSRLS`,
    ),
  ];
}

function foreignOwned(rights: TableRights, role: string): Finding[] {
  if (rights.foreign_owned === 0) return [];
  const names = some(rights.foreign_owned, rights.foreign_names);
  return [
    finding(
      'warning',
      'table.owner',
      names,
      `The role ${role} does not own ${counted(rights.foreign_owned, rights.tables)}, so it cannot publish them: ${names}.`,
      `Run: GRANT <owner> TO ${quoteIdent(role)}; or let a DBA make the publication and name it in the configuration.`,
    ),
  ];
}

function counted(part: number, all: number): string {
  return `${String(part)} of ${String(all)} tables`;
}

function some(count: number, names: readonly string[] | null): string {
  const shown = (names ?? []).join(', ');
  return count > (names ?? []).length ? `${shown} and others` : shown;
}
