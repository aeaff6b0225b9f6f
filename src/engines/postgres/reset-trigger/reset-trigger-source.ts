import type pg from 'pg';
import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import { displayName } from '../../../core/names.js';
import type { ResetTriggerSource, RowMark } from '../../contract/reset-trigger.js';
import type { Finding, TableModel } from '../../contract/schema.js';
import type { Query, SqlSession } from '../sql-session.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { TriggerColumn } from './reset-sql.js';
import { COLUMNS, marksSql, PLACE, raisedSql, resetSql, triggerColumn } from './reset-sql.js';

/** Rows that one transaction on the source writes and locks. */
const ROWS_PER_TRANSACTION = 500;
const CURSOR = 'sluice_marks';

interface ColumnRow {
  name: string;
  type: string;
  partitioned: boolean;
  filtered: boolean;
}

export function openResetTriggers(session: SqlSession): ResetTriggerSource {
  return {
    raised: async (table, column) =>
      session.run(async (query) => {
        const { trigger } = await readTrigger(query, table, column);
        const [row] = await query<{ raised: boolean }>(raisedSql(trigger));
        return row?.raised === true;
      }),
    marks: async (model, column, pageRows, onPage) =>
      session.transaction(async (query) => {
        await query('set transaction isolation level repeatable read, read only');
        const { trigger } = await readTrigger(query, model.name, column);
        const sql = marksSql(trigger, model.key ?? PLACE);
        await query(`declare ${CURSOR} no scroll cursor for ${sql}`);
        for (;;) {
          const rows = await query<{ mark: string[] }>(`fetch ${String(pageRows)} from ${CURSOR}`);
          if (rows.length > 0) await onPage(rows.map((row) => row.mark));
          if (rows.length < pageRows) return;
        }
      }),
    reset: async (model, column, marks) => resetRows(session, model, column, marks),
    findings: async (model, column) =>
      session.run(async (query) => findings(query, model.name, column)),
  };
}

async function readTrigger(
  query: Query,
  table: TableName,
  column: string,
): Promise<{ trigger: TriggerColumn; filtered: boolean }> {
  const [row] = await query<ColumnRow & pg.QueryResultRow>(COLUMNS, [
    table.schema,
    table.table,
    column,
  ]);
  if (row === undefined) {
    throw new SluiceError(
      'SCHEMA_MISMATCH',
      `The source table ${displayName(table)} has no column ${column}.`,
      { remedy: 'Correct resetColumn in its settings.' },
    );
  }
  return { trigger: triggerColumn(table, column, row), filtered: row.filtered };
}

async function resetRows(
  session: SqlSession,
  model: TableModel,
  column: string,
  marks: readonly RowMark[],
): Promise<number> {
  let written = 0;
  for (let start = 0; start < marks.length; start += ROWS_PER_TRANSACTION) {
    const some = marks.slice(start, start + ROWS_PER_TRANSACTION);
    written += await session.transaction(async (query) => {
      const { trigger } = await readTrigger(query, model.name, column);
      const parts = await partsOf(query, model);
      const arrays = parts.map((_, index) => some.map((mark) => mark[index] ?? null));
      const rows = await query(`${resetSql(trigger, parts)} returning 1 as one`, arrays);
      return rows.length;
    });
  }
  return written;
}

async function partsOf(
  query: Query,
  model: TableModel,
): Promise<readonly { name: string; type: string }[]> {
  if (model.key === null) {
    const types = ['oid', 'tid', 'xid'];
    return PLACE.map((name, index) => ({ name, type: types[index] ?? 'text' }));
  }
  const { schema, table } = model.name;
  const rows = await query<ColumnRow & pg.QueryResultRow>(COLUMNS, [schema, table, null]);
  const types = new Map(rows.map((row) => [row.name, row.type]));
  return model.key.map((name) => ({ name, type: types.get(name) ?? 'text' }));
}

async function findings(query: Query, table: TableName, column: string): Promise<Finding[]> {
  const subject = displayName(table);
  try {
    const { trigger, filtered } = await readTrigger(query, table, column);
    if (filtered) return [];
    const name = quoteQualified(table.schema, table.table);
    return [
      {
        severity: 'info',
        code: 'reset.unindexed',
        subject,
        message: `Its reset trigger column ${column} has no filtered index, so each look reads the whole table.`,
        remedy: `Run CREATE INDEX CONCURRENTLY ON ${name} (${quoteIdent(column)}) WHERE ${trigger.carries}.`,
      },
    ];
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'SCHEMA_MISMATCH') throw error;
    const remedy = error.remedy === undefined ? {} : { remedy: error.remedy };
    return [
      { severity: 'error', code: 'reset.column', subject, message: error.message, ...remedy },
    ];
  }
}
