import { describe, expect, it } from 'vitest';
import type { FeedEvent } from '../../../../src/engines/contract/feed.js';
import { Handoff } from '../../../../src/engines/sqlserver/feed/handoff.js';
import { PollInterval } from '../../../../src/engines/sqlserver/feed/poll-interval.js';
import type { WindowParts } from '../../../../src/engines/sqlserver/feed/parts-ahead.js';
import {
  WindowReader,
  type WindowSource,
} from '../../../../src/engines/sqlserver/feed/window-reader.js';

const at = (n: number) => String(n).padStart(20, '0');
const commit = (n: number): FeedEvent => ({ kind: 'commit', position: at(n), time: new Date(0) });

/** A source whose windows are functions; null: there is nothing. */
class FakeSource implements WindowSource {
  readonly looks: string[] = [];
  closed = false;

  constructor(private readonly windows: ((() => WindowParts) | null)[]) {}

  look(position: string) {
    this.looks.push(position);
    const window = this.windows.shift() ?? null;
    return Promise.resolve({
      events: [],
      window: window === null ? null : window(),
      more: false,
    });
  }

  recovers(error: unknown): boolean {
    return error instanceof RangeError;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

async function* parts(to: number, ...all: (FeedEvent[] | Error)[]): WindowParts {
  for (const part of all) {
    await Promise.resolve();
    if (part instanceof Error) throw part;
    yield part;
  }
  return at(to);
}

function reader(...windows: ((() => WindowParts) | null)[]) {
  const source = new FakeSource(windows);
  const poll = new PollInterval({ shortestMs: 1, longestMs: 2 });
  return { source, reader: new WindowReader(source, poll, at(0), 1_000_000) };
}

describe('a reader of windows', () => {
  it('gives the parts of a window, then begins behind its end', async () => {
    const { source, reader: feed } = reader(
      () => parts(5, [commit(2)], [commit(3)]),
      () => parts(9, [commit(8)]),
    );
    expect(await feed.read(5_000, false)).toEqual([commit(2)]);
    expect(await feed.read(0, false)).toEqual([commit(3)]);
    expect(await feed.read(5_000, false)).toEqual([{ kind: 'idle', position: at(5) }]);
    expect(await feed.read(5_000, false)).toEqual([commit(8)]);
    expect(source.looks.slice(0, 2)).toEqual([at(0), at(5)]);
  });

  it('tells that nothing happened until the target has the position, and never to a caller that will not wait', async () => {
    const { reader: feed } = reader(() => parts(7, []));
    expect(await feed.read(0, false)).toEqual([]);
    const idle = { kind: 'idle', position: at(7) };
    expect(await feed.read(5_000, true)).toEqual([idle]);
    expect(await feed.read(5_000, true)).toEqual([idle]);
    feed.acknowledge(at(7));
    expect(await feed.read(150, true)).toEqual([]);
  });

  it('takes a window back that broke, and reads on from the last commit that it gave', async () => {
    const { source, reader: feed } = reader(
      () => parts(9, [commit(4)], new RangeError('an instance was dropped')),
      () => parts(9, [commit(6)]),
    );
    expect(await feed.read(5_000, false)).toEqual([commit(4)]);
    expect(await feed.read(5_000, false)).toEqual([{ kind: 'discard' }]);
    expect(await feed.read(5_000, false)).toEqual([commit(6)]);
    expect(source.looks.slice(0, 2)).toEqual([at(0), at(4)]);
  });

  it('gives up on what breaks for another reason, or again and again', async () => {
    const lost = reader(() => parts(9, new Error('lost')));
    await expect(lost.reader.read(5_000, false)).rejects.toThrow('lost');
    const broken = () => parts(9, new RangeError('again'));
    const again = reader(broken, broken, broken, broken);
    for (let n = 0; n < 3; n += 1) {
      expect(await again.reader.read(5_000, false)).toEqual([{ kind: 'discard' }]);
    }
    await expect(again.reader.read(5_000, false)).rejects.toThrow('again');
  });

  it('says that it was closed', async () => {
    const { source, reader: feed } = reader();
    await feed.close();
    expect(source.closed).toBe(true);
    await expect(feed.read(0, false)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('handing over one thing at a time', () => {
  it('brings everything in order and then the end', async () => {
    const handoff = new Handoff<number>();
    const producer = (async () => {
      for (const n of [1, 2, 3]) await handoff.give(n);
      handoff.end();
    })();
    const taken: number[] = [];
    for (let n = await handoff.take(); n !== undefined; n = await handoff.take()) taken.push(n);
    await producer;
    expect(taken).toEqual([1, 2, 3]);
  });

  it('brings the failure of the producer to who takes', async () => {
    const handoff = new Handoff<number>();
    handoff.end(new Error('broken'));
    await expect(handoff.take()).rejects.toThrow('broken');
  });

  it('stops the producer when nobody takes any more', async () => {
    const handoff = new Handoff<number>();
    const waiting = handoff.give(1);
    handoff.abandon();
    await expect(waiting).rejects.toThrow('Nobody');
    await expect(handoff.give(2)).rejects.toThrow('Nobody');
  });
});
