import { expect, it } from 'vitest';
import { planTable } from '../../../src/engines/postgres/apply/table-plan.js';

const INT = { oid: 23, arrayOid: 1007, sql: 'pg_catalog.int4', simple: true, elementOid: 0 };

const column = (name: string, generated = false) => ({
  ...{ name, sql: `"${name}"`, type: INT, always: false, generated, equals: '=', exact: true },
});

it('finds no row by a part of the key where the target computes the rest', () => {
  const shape = {
    table: { schema: 'public', table: 't' },
    columns: ['tenant', 'code', 'v'].map((name) => ({ name, type: '23', key: name !== 'v' })),
    wire: 'pgoutput',
  };
  const table = {
    ...{ name: { schema: 'public', table: 't' }, sql: 't', own: 'only t', partitioned: false },
    ...{ takesCopy: true, actsOn: [], keys: [['tenant', 'code']], lateKeys: [] },
    columns: [column('tenant'), column('code', true), column('v')],
  };
  expect(() => planTable(shape, table, new Map())).toThrow(
    /computes the column code of public\.t by itself/,
  );
});

const TIME = { ...INT, oid: 1184, sql: 'pg_catalog.timestamptz' };
const MOMENT = { kind: 'timestamp', digits: 6, zone: 'utc' } as const;

it.each([
  ['text(*)', { ...TIME, neutral: MOMENT }, /column v of public\.t comes as text, and is no text/],
  [
    'timestamp(6,utc)',
    { ...TIME, neutral: { kind: 'text', length: null, fixed: false } as const },
    /column v of public\.t comes as its own type, and is text/,
  ],
])('refuses %s for a column of the other form', (type, held, says) => {
  const shape = {
    table: { schema: 'public', table: 't' },
    columns: [
      { name: 'id', type: 'integer(32)', key: true },
      { name: 'v', type, key: false },
    ],
    wire: 'neutral',
  };
  const table = {
    ...{ name: { schema: 'public', table: 't' }, sql: 't', own: 'only t', partitioned: false },
    ...{ takesCopy: true, actsOn: [], keys: [['id']], lateKeys: [] },
    columns: [column('id'), { ...column('v'), type: held }],
  };
  expect(() => planTable(shape, table, new Map())).toThrow(says);
});
