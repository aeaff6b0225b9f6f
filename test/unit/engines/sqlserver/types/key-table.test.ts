import { expect, it } from 'vitest';
import { keysPerStatement } from '../../../../../src/engines/sqlserver/types/key-table.js';

it('11.10: a statement takes 1,000 keys at most, and 2,000 values of them', () => {
  expect([1, 2, 3, 16].map(keysPerStatement)).toEqual([1_000, 1_000, 666, 125]);
  expect(keysPerStatement(4_000)).toBe(1);
});
