import { describe, expect, it } from 'vitest';
import type { FeedEvent } from '../../../../src/engines/contract/feed.js';
import {
  PartsAhead,
  type WindowParts,
} from '../../../../src/engines/sqlserver/feed/parts-ahead.js';
import { bareChange } from '../../../support/bare-change.js';

const END = 'the end of the window';
/** A part whose changes have so many bytes, and take 200 more in memory each. */
function part(...bytes: number[]): FeedEvent[] {
  const changes = bytes.map(bareChange);
  return [{ kind: 'changes', changes }];
}

/** A window that tells how far it was read. */
function windowOf(...all: (FeedEvent[] | Error)[]) {
  const read = { parts: 0, ended: false };
  async function* parts(): WindowParts {
    for (const one of all) {
      await Promise.resolve();
      if (one instanceof Error) throw one;
      read.parts += 1;
      yield one;
    }
    read.ended = true;
    return END;
  }
  return { read, window: parts() };
}

/** All that can be done without the consumer is done. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('reading a window ahead of its consumer', () => {
  it('brings every part in order and then the end', async () => {
    const { window } = windowOf(part(10), part(20), part(30));
    const ahead = new PartsAhead(window, 1_000);
    const taken = [];
    for (let next = await ahead.take(); next.done !== true; next = await ahead.take()) {
      taken.push(next.value);
    }
    expect(taken).toEqual([part(10), part(20), part(30)]);
  });

  it('tells the position behind the window', async () => {
    const ahead = new PartsAhead(windowOf().window, 1_000);
    expect(await ahead.take()).toEqual({ done: true, value: END });
  });

  it('reads on while the consumer is at work, to the end where that fits', async () => {
    const { read, window } = windowOf(part(10), part(20), part(30));
    const ahead = new PartsAhead(window, 1_000);
    await ahead.take();
    await settled();
    expect(read).toEqual({ parts: 3, ended: true });
  });

  it('reads no more than fits and one part, and goes on when some is taken', async () => {
    const { read, window } = windowOf(part(1), part(60), part(30, 30), part(1), part(1));
    const ahead = new PartsAhead(window, 500);
    await ahead.take();
    await settled();
    expect(read.parts).toBe(3);
    await ahead.take();
    await settled();
    expect(read.parts).toBe(4);
  });

  it('reads one part ahead of a part that is larger than what fits', async () => {
    const { read, window } = windowOf(part(500), part(500), part(500));
    const ahead = new PartsAhead(window, 100);
    await ahead.take();
    await settled();
    expect(read.parts).toBe(2);
  });

  it('says what went wrong behind all that was read before, however often it is asked', async () => {
    const { window } = windowOf(part(1), part(2), new Error('the session is lost'));
    const ahead = new PartsAhead(window, 1_000);
    expect((await ahead.take()).value).toEqual(part(1));
    await settled();
    expect((await ahead.take()).value).toEqual(part(2));
    await expect(ahead.take()).rejects.toThrow('the session is lost');
    await expect(ahead.take()).rejects.toThrow('the session is lost');
  });
});
