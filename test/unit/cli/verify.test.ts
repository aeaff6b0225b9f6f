import { expect, it } from 'vitest';
import { withNames } from '../../../src/cli/commands/verify.js';

it('the reasons of a verification name tables as people do', () => {
  const counts = { passed: 0, failed: 0, unsettled: 0, skipped: 2, errors: 1, differences: 0 };
  const names = new Map([['dbo.orders~0a1b2c3d4e', 'dbo.Orders']]);
  const summary = {
    ...{ ...counts, repaired: 0 },
    notVerified: ['dbo.orders~0a1b2c3d4e → main: it is paused', 'main: SERVER_BUSY: Later.'],
    notCompared: ['dbo.orders~0a1b2c3d4e → main: it is loaded as a whole'],
  };
  expect(withNames(summary, names)).toEqual({
    ...summary,
    notVerified: ['dbo.Orders → main: it is paused', 'main: SERVER_BUSY: Later.'],
    notCompared: ['dbo.Orders → main: it is loaded as a whole'],
  });
});
