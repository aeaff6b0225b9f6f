/**
 * What the product does without, so that no answer of a server to it matters: see
 * docs/decisions/0022-facts-that-nobody-could-read.md.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Stages } from '../../../src/engines/sqlserver/apply/stages.js';
import { PARKED_STAGE } from '../../../src/engines/sqlserver/apply/sql/park.js';
import {
  createLoadTable,
  LOAD_TABLE,
} from '../../../src/engines/sqlserver/full-sync/load-table.js';
import { stagingOf } from '../../../src/engines/sqlserver/types/staging.js';
import { upsertSql } from '../../../src/engines/sqlserver/watermark/upsert-sql.js';
import { ROOT } from '../docs/markdown.js';
import { column, simplePlan, table } from './apply/plans.js';
import { msType } from './ms-models.js';
import { RecordingSession } from './recording-session.js';

const ENGINE = join(ROOT, 'src', 'engines', 'sqlserver');
const files = readdirSync(ENGINE, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|sql)$/.test(file))
  .map((file) => [file, readFileSync(join(ENGINE, file), 'utf8')] as const);

function uses(pattern: RegExp): string[] {
  return files.flatMap(([file, text]) => (pattern.test(text) ? [file] : []));
}

it('looks at the files that there are', () => {
  expect(files.length).toBeGreaterThan(200);
  expect(uses(/sp_getapplock/)).not.toEqual([]);
});

it.each([
  ['what a session keeps across a reset', /SESSION_CONTEXT|CONTEXT_INFO/i],
  ['MERGE', /(?<!sluice )\bMERGE\s+(TOP|INTO|\[|#|\$\{)/i],
  ['a clean-up of change tables', /EXEC\s+sys\.sp_cdc_cleanup/i],
])('has no use of %s', (_what, pattern) => {
  expect(uses(pattern)).toEqual([]);
});

it('loads in bulk into temporary tables only, which have no constraint and belong to the session', async () => {
  const session = new RecordingSession();
  await new Stages(session, '#sluice').load(simplePlan(), []);
  const [loaded] = session.loaded;
  expect([loaded?.table, PARKED_STAGE, LOAD_TABLE]).toEqual([
    '[#sluice_1]',
    '[#sluice_parked]',
    '#sluice_load',
  ]);
});

it.each([
  ...['bit', 'tinyint', 'smallint', 'int', 'bigint', 'float', 'real', 'uniqueidentifier'],
  ...['decimal(10,2)', 'money', 'date', 'time(7)', 'datetime', 'datetime2(7)', 'smalldatetime'],
  ...['datetimeoffset(7)', 'char(9)', 'varchar(max)', 'nchar(9)', 'nvarchar(99)', 'text', 'ntext'],
  ...['xml', 'sql_variant', 'binary(9)', 'varbinary(max)', 'image', 'timestamp', 'hierarchyid'],
])('loads %s as the very type that the staging column has', (type) => {
  const { ddl, bulk } = stagingOf({ name: 'c', type: msType(type), collation: null });
  const { type: sent, length } = bulk;
  expect(ddl.split(' ')[0]).toBe(length === undefined ? sent : `${sent}(${String(length)})`);
});

it('makes its temporary tables anew where a reset has left them', async () => {
  const session = new RecordingSession();
  await createLoadTable(session, []);
  const live = table([column('id'), column('v')]);
  const { create } = upsertSql(live, live.columns, ['id'], null, false);
  for (const sql of [session.statements[0]?.sql, create]) {
    expect(sql).toMatch(/^drop table if exists (\S+);\ncreate table \1 /i);
  }
});
