import { describe, expect, it } from 'vitest';
import { REFRESH_DUE } from '../../../src/core/protocol.js';
import { afterPoll, FRESH_MEMORY } from '../../../src/core/table-life.js';

describe('the end of a poll', () => {
  it('asks for the next epoch, once per epoch, when a refresh is due', () => {
    const { resync } = afterPoll(FRESH_MEMORY, REFRESH_DUE, '4');
    expect(resync).toEqual({ reason: 'scheduled refresh', requestId: 'refresh-4' });
  });

  it('asks for nothing otherwise, and leaves another request as it is', () => {
    expect(afterPoll(FRESH_MEMORY, 'border', '4')).toBe(FRESH_MEMORY);
    const asked = { ...FRESH_MEMORY, resync: { reason: 'by hand', requestId: 'a' } };
    expect(afterPoll(asked, REFRESH_DUE, '4')).toBe(asked);
  });
});
