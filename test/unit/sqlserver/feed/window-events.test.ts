import { describe, expect, it } from 'vitest';
import type { FeedEvent } from '../../../../src/engines/contract/feed.js';
import type { PlacedChange } from '../../../../src/engines/sqlserver/feed/cdc/to-changes.js';
import {
  type LossCheck,
  windowEvents,
} from '../../../../src/engines/sqlserver/feed/cdc/window-events.js';
import { bareChange } from '../../../support/bare-change.js';

const at = (n: number) => String(n).padStart(20, '0');

function placed(lsn: number, bytes: number): PlacedChange {
  return {
    place: { lsn: at(lsn), command: 1, sequence: at(1), operation: 2 },
    change: bareChange(bytes),
  };
}

async function partsOf(
  changes: readonly PlacedChange[],
  check: LossCheck = () => Promise.resolve([]),
): Promise<FeedEvent[][]> {
  async function* all() {
    await Promise.resolve();
    yield* changes;
  }
  const time = new Date('2026-01-01T00:00:00Z');
  const times = new Map([1, 2, 3].map((n) => [at(n), time]));
  const window = { times, from: at(0), to: at(3) };
  const parts: FeedEvent[][] = [];
  for await (const part of windowEvents(all(), window, check)) parts.push(part);
  return parts;
}

function told(events: readonly FeedEvent[]): string[] {
  return events.map((event) => {
    if (event.kind === 'changes') return `${String(event.changes.length)} changes`;
    return event.kind === 'commit' ? `commit ${String(Number(event.position))}` : event.kind;
  });
}

describe('the events of a window', () => {
  it('are whole transactions in commit order', async () => {
    const parts = await partsOf([placed(1, 10), placed(1, 10), placed(3, 10)]);
    expect(told(parts.flat())).toEqual(['2 changes', 'commit 1', '1 changes', 'commit 3']);
  });

  it('come in parts where a transaction is large, its commit in the last one', async () => {
    const many = Array.from({ length: 10 }, () => placed(2, 200 * 1024));
    const parts = await partsOf([placed(1, 10), ...many]);
    expect(parts.length).toBeGreaterThan(2);
    const commits = parts.map((part) => part.filter((event) => event.kind === 'commit').length);
    expect(commits.at(0)).toBe(1);
    expect(commits.at(-1)).toBe(1);
    expect(commits.slice(1, -1).every((count) => count === 0)).toBe(true);
    const changes = parts.flat().flatMap((e) => (e.kind === 'changes' ? e.changes : []));
    expect(changes).toHaveLength(11);
  });

  it('are none where nothing happened', async () => {
    expect((await partsOf([])).flat()).toEqual([]);
  });

  it('come after the losses behind what was told before', async () => {
    const asked: number[] = [];
    const lost: FeedEvent = { kind: 'lost', table: bareChange(0).shape.table, reason: 'cleaned' };
    const check: LossCheck = (told) => {
      asked.push(Number(told));
      return Promise.resolve(asked.length === 2 ? [lost] : []);
    };
    const large = placed(2, 600 * 1024);
    const parts = await partsOf([placed(1, 10), large, large, placed(3, 10)], check);
    expect(asked).toEqual([0, 1, 2]);
    expect(told(parts[1] ?? []).at(0)).toBe('lost');
    expect(told(parts.flat()).filter((event) => event === 'lost')).toHaveLength(1);
  });
});
