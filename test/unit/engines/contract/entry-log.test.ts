import { describe, expect, it } from 'vitest';
import type { Change, ChangeOp, Shape } from '../../../../src/core/change.js';
import { UNCHANGED } from '../../../../src/core/change.js';
import type { BatchEntry } from '../../../../src/engines/contract/batch-entry.js';
import { EntryLog } from '../../../../src/engines/contract/entry-log.js';

const NAME = { schema: 'dbo', table: 't' };
const column = (name: string, key = false) => ({ name, key, type: 'text(*)' });
const SHAPES: readonly Shape[] = ['sqlserver', 'neutral'].map((wire) => ({
  ...{ table: NAME, wire, columns: [column('id', true), column('v'), column('w')] },
}));
const MEMBERS = ['1', '2'].map((tableId) => ({
  ...{ tableId, source: NAME, target: NAME, applies: true, parks: false, parksFrom: null },
  fold: true,
}));

function entry(n: number): BatchEntry {
  const ops: readonly ChangeOp[] = ['i', 'u', 'd', 't'];
  const op = ops[n % 4] ?? 'i';
  const key = Buffer.from(String(n));
  const change: Change = {
    ...{ shape: SHAPES[n % 2] ?? pick(SHAPES), op, bytes: n },
    oldKey: op === 'u' || op === 'd' ? [key, null, null] : null,
    oldKeyFormats: op === 'u' || op === 'd' ? Uint8Array.of(0, 1, 1) : null,
    row: op === 'i' || op === 'u' ? [key, UNCHANGED, Buffer.of(0, n % 256)] : null,
    formats: op === 'i' || op === 'u' ? Uint8Array.of(0, 1, 1) : null,
  };
  return { change, member: MEMBERS[n % 2] ?? pick(MEMBERS) };
}

function pick<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error('There is none.');
  return first;
}

async function readAll(log: EntryLog): Promise<BatchEntry[]> {
  const all: BatchEntry[] = [];
  for await (const part of log.read()) all.push(...part);
  return all;
}

describe('the entries of a batch', () => {
  it.each([
    ['in memory', 100],
    ['from a file', 20_000],
  ])('come back as they were, and again, %s', async (_, count) => {
    const entries = Array.from({ length: count }, (__, n) => entry(n));
    const log = new EntryLog();
    for (let at = 0; at < count; at += 2_000) await log.add(entries.slice(at, at + 2_000));
    for (const found of [await readAll(log), await readAll(log)]) {
      expect(found.length).toBe(count);
      found.forEach(({ change, member }, n) => {
        const { change: wanted, member: by } = entry(n);
        expect(change.shape).toBe(wanted.shape);
        expect(member).toBe(by);
        if (n % 100 < 4) expect(change).toEqual(wanted);
      });
    }
    await log.close();
  });
});
