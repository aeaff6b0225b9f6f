import { describe, expect, it } from 'vitest';
import { ScanRests } from '../../../../src/activities/poll/scan-rests.js';

describe('11.10: a look that scans', () => {
  let now = 0;
  const rests = new ScanRests(() => now);
  const lookFor = (ms: number): Promise<string> =>
    rests.look('t', () => {
      now += ms;
      return Promise.resolve('seen');
    });

  it('is due at once, and again after twenty times as long as it took', async () => {
    expect(rests.isDue('t')).toBe(true);
    expect(await lookFor(3_000)).toBe('seen');
    now += 59_999;
    expect(rests.isDue('t')).toBe(false);
    expect(rests.isDue('another')).toBe(true);
    now += 1;
    expect(rests.isDue('t')).toBe(true);
  });

  it('is due every ten minutes however long it takes', async () => {
    await lookFor(3_600_000);
    now += 600_000;
    expect(rests.isDue('t')).toBe(true);
  });

  it('that failed has not rested', async () => {
    const broken = rests.look('broken', () => Promise.reject(new Error('gone')));
    await expect(broken).rejects.toThrow('gone');
    expect(rests.isDue('broken')).toBe(true);
  });
});
