import { expect, it } from 'vitest';
import { retainedText } from '../../../src/cli/commands/stop.js';

it('what a stopped pipeline costs its source is said as far as it is known', () => {
  const of = (bytes: number | null, notKnown: string | null = null): string =>
    retainedText({ target: 'replica', bytes, notKnown });
  expect(of(2048)).toMatch(
    /^replica: its position is kept\. The source keeps 2\.0 KB of log for it/,
  );
  expect(of(null)).toBe('replica: its position is kept; the source keeps no log for it.');
  expect(of(null, 'The source is away.')).toBe(
    'replica: its position is kept. What the source keeps for it is not known: The source is away.',
  );
});
