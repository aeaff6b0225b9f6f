import { z } from 'zod';
import { SluiceError } from '../../../core/errors.js';
import { displayName, type TableName } from '../../../core/names.js';
import type { ResetTriggerSource, RowMark } from '../../contract/reset-trigger.js';
import type { Finding, TableModel } from '../../contract/schema.js';
import type { MsColumn } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import type { Query, SessionPool } from '../sql-session.js';
import { param } from '../sql-session.js';
import { quoteIdent } from '../sql/quote.js';
import { keyText } from '../types/key-sql.js';
import { keysPerStatement, keyTable } from '../types/key-table.js';
import { readSql } from '../types/read-sql.js';
import type { TriggerColumn } from './sql/reset-sql.js';
import {
  columnOf,
  marksSql,
  raisedSql,
  READ_COLUMN,
  resetSql,
  triggerColumn,
} from './sql/reset-sql.js';

const COLUMN_ROW = z.object({ name: z.string(), typeName: z.string() });
const WRITTEN_ROW = z.object({ written: z.number() });

/**
 * The only user data of a source that Sluice writes.
 *
 * @param read where the source is read, which may be a secondary
 * @param change sessions that may write
 */
export function openResetTriggers(read: SessionPool, change: SessionPool): ResetTriggerSource {
  return {
    raised: async (table, column) =>
      read.use(async ({ query }) => {
        const trigger = await readTrigger(query, table, column);
        return (await query(raisedSql(trigger))).length > 0;
      }),
    marks: async (model, column, pageRows, onPage) =>
      read.use(async (session) => {
        const key = keyColumns(model);
        const reads = key.map(({ name, type }) => readSql(type, `t.${quoteIdent(name)}`));
        const texts = key.map((one) => keyText(one));
        const sql = marksSql(triggerColumn(model, column), reads);
        let page: RowMark[] = [];
        for await (const row of session.stream(sql)) {
          page.push(texts.map((text, n) => text(row[n]) ?? ''));
          if (page.length < pageRows) continue;
          await onPage(page);
          page = [];
        }
        if (page.length > 0) await onPage(page);
      }),
    reset: async (model, column, marks) =>
      change.use(async ({ query }) => resetRows(query, model, column, marks)),
    findings: (model, column) => Promise.resolve(findings(model, column)),
  };
}

/** Each statement is a transaction of its own. */
async function resetRows(
  query: Query,
  model: TableModel,
  column: string,
  marks: readonly RowMark[],
): Promise<number> {
  const key = keyColumns(model);
  const trigger = triggerColumn(model, column);
  const names = key.map(({ name }) => quoteIdent(name));
  const step = keysPerStatement(key.length);
  let written = 0;
  for (let start = 0; start < marks.length; start += step) {
    const keys = keyTable(key, marks.slice(start, start + step));
    const [row] = await query(resetSql(trigger, keys.sql, names), keys.params);
    written += WRITTEN_ROW.parse(row).written;
  }
  return written;
}

async function readTrigger(query: Query, table: TableName, column: string): Promise<TriggerColumn> {
  const [row] = await query(READ_COLUMN, [
    param.nvarchar('schema', table.schema),
    param.nvarchar('table', table.table),
    param.nvarchar('column', column),
  ]);
  if (row === undefined) {
    throw new SluiceError(
      'SCHEMA_MISMATCH',
      `The source table ${displayName(table)} has no column ${column}.`,
      { remedy: 'Correct resetColumn in its settings.' },
    );
  }
  const { name, typeName } = COLUMN_ROW.parse(row);
  return columnOf(table, {
    name,
    type: { name: typeName, maxLength: 0, precision: 0, scale: 0 },
  });
}

/** @throws SluiceError KEY_MISSING: without a key the rows cannot be found again */
function keyColumns(model: TableModel): MsColumn[] {
  const table = nativeTable(model);
  const key = (model.key ?? []).flatMap((name) => table.column(name) ?? []);
  if (key.length > 0) return key;
  throw new SluiceError(
    'KEY_MISSING',
    `${displayName(model.name)} has no key by which the rows that asked for a sync are found again.`,
    { remedy: 'Give it a primary key, or ask by `sluice resync` instead of a reset column.' },
  );
}

function findings(model: TableModel, column: string): Finding[] {
  const subject = displayName(model.name);
  try {
    const { relation, name, set } = triggerColumn(model, column);
    keyColumns(model);
    const indexed = nativeTable(model).indexes.some(
      ({ disabled, columns }) =>
        !disabled && columns.some((one) => one.name === column && one.keyPlace === 1),
    );
    if (indexed) return [];
    return [
      {
        severity: 'info',
        code: 'reset.unindexed',
        subject,
        message: `Its reset trigger column ${column} has no index, so each look reads the whole table. Where somebody writes to the table with QUOTED_IDENTIFIER OFF (sqlcmd without -I, jobs of the Agent) leave out the WHERE: a filtered index refuses them with error 1934.`,
        remedy: `Run CREATE INDEX ${quoteIdent(`ix_${column}`.slice(0, 128))} ON ${relation} (${name}) WHERE ${name} = ${set}.`,
      },
    ];
  } catch (error) {
    const expected = ['SCHEMA_MISMATCH', 'KEY_MISSING'];
    if (!(error instanceof SluiceError) || !expected.includes(error.code)) throw error;
    const { message, remedy } = error;
    const mend = remedy === undefined ? {} : { remedy };
    return [{ severity: 'error', code: 'reset.column', subject, message, ...mend }];
  }
}
