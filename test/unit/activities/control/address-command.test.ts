import { expect, test } from 'vitest';
import { address } from '../../../../src/activities/control/address-command.js';
import type { Command } from '../../../../src/core/protocol.js';

const command: Command = {
  command: 'pause',
  requestId: 'sql-c1',
  by: 'test',
  reason: 'test',
  tables: '*',
  target: null,
};
const to = { command, target: 'copy' };

function tables(count: number) {
  return Array.from({ length: count }, (_, n) => {
    const name = { schema: 'public', table: `t${n}` };
    return { slug: `public.t${n}`, source: name, targetTable: name };
  });
}

test('a command names the tables that it is for', () => {
  expect(address(to, 'public.t1*', tables(12), 200).slugs).toEqual([
    'public.t1',
    'public.t10',
    'public.t11',
  ]);
});

test('a command for more tables than a page holds is for all of them, by their pattern', () => {
  expect(address(to, 'public.*', tables(1_000), 200)).toEqual({
    ...to,
    slugs: [],
    all: { pattern: 'public.*', tables: 1_000 },
  });
});
