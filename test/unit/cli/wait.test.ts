import { expect, it } from 'vitest';
import { withoutFeed } from '../../../src/cli/commands/wait.js';
import { tableRow } from './rows.js';

const polled = tableRow({ laneId: null, mode: 'incremental' });

it('names the tables that have no position to wait for', () => {
  expect(withoutFeed([tableRow({}), polled])).toEqual(['public.orders']);
  expect(withoutFeed([tableRow({})])).toEqual([]);
  expect(withoutFeed([])).toEqual([]);
});

it('does not wait, and does not say that they have arrived, where all are so', () => {
  expect(() => withoutFeed([polled])).toThrowError(/no position to wait for/);
});
