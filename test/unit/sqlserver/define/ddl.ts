import type { Statement } from '../../../../src/engines/sqlserver/define/statement.js';
import { recordTsql } from '../../../support/sqlserver/record.js';

/** The texts of statements, kept for Microsoft's grammar as well. */
export function ddl(statements: readonly Pick<Statement, 'sql'>[]): string[] {
  for (const { sql } of statements) recordTsql(sql);
  return statements.map(({ sql }) => sql);
}
