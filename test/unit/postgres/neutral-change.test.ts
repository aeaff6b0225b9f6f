import { expect, it } from 'vitest';
import type { Change, Shape } from '../../../src/core/change.js';
import { UNCHANGED } from '../../../src/core/change.js';
import { neutralChange, NeutralReader } from '../../../src/engines/postgres/feed/neutral-reader.js';
import type { SqlSession } from '../../../src/engines/postgres/sql-session.js';
import { packed } from './packed.js';

const TEXT = { kind: 'text', length: null, fixed: false } as const;

function told(isFull: boolean): Change {
  const columns = ['id', 'big'].map((name) => ({ name, type: '25', key: isFull || name === 'id' }));
  const shape: Shape = { table: { schema: 'public', table: 't' }, columns, wire: 'pgoutput' };
  const old = packed([Buffer.from('1'), isFull ? Buffer.from('large') : null], [true, true]);
  const row = packed([Buffer.from('2'), UNCHANGED], [true, false]);
  const change: Change = {
    ...{ shape, op: 'u', bytes: 1 },
    ...{ row: row.cells, formats: row.formats, packedRow: row },
    ...{ oldKey: old.cells, oldKeyFormats: old.formats, packedOld: old },
  };
  return neutralChange(change, { shape, types: [TEXT, TEXT], formats: Uint8Array.of(0, 0) });
}

it('a large value that an update left out comes from the whole old row', () => {
  expect(told(true).row).toEqual([Buffer.from('2'), Buffer.from('large')]);
});

it('what only an old key came with stays left out', () => {
  expect(told(false).row).toEqual([Buffer.from('2'), UNCHANGED]);
});

/** A reader of text columns (25), of booleans (16) and of a type that only PostgreSQL knows (1186). */
function readerOf(shape: Shape, texts: readonly string[]) {
  const row = packed(
    shape.columns.map(() => Buffer.from('t')),
    shape.columns.map(() => true),
  );
  const change: Change = {
    ...{ shape, op: 'i', bytes: 1, oldKey: null, oldKeyFormats: null },
    ...{ row: row.cells, formats: row.formats, packedRow: row },
  };
  const names: Readonly<Record<string, string>> = {
    '25': 'text',
    '16': 'bool',
    '1186': 'interval',
  };
  const session = {
    query: (_sql: string, [oids]: [string[]]) =>
      Promise.resolve(
        oids.map((asked) => ({ asked, name: names[asked], kind: 'b', built_in: true })),
      ),
  };
  const inner = {
    read: () => Promise.resolve([{ kind: 'changes', changes: [change, change] }] as const),
    acknowledge: () => undefined,
    close: () => Promise.resolve(),
  };
  return new NeutralReader(inner, session as unknown as SqlSession, () => texts);
}

function shapeOf(types: Readonly<Record<string, string>>, key: readonly string[]): Shape {
  const columns = Object.entries(types).map(([name, type]) => ({
    ...{ name, type },
    key: key.includes(name),
  }));
  return { table: { schema: 'public', table: 't' }, columns, wire: 'pgoutput' };
}

async function typesOf(shape: Shape, texts: readonly string[]): Promise<unknown> {
  const [event] = await readerOf(shape, texts).read(0, false);
  if (event?.kind !== 'changes') return event?.kind;
  return event.changes[0]?.shape.columns.map(({ type }) => type);
}

it.each([
  ['the key is its first column', ['id']],
  // REPLICA IDENTITY FULL
  ['every column is one of the key', ['id', 'span']],
])('a column goes as text where %s', async (_, key) => {
  const shape = shapeOf({ id: '25', span: '1186' }, key);
  expect(await typesOf(shape, ['span'])).toEqual(['text(*)', 'text(*)']);
});

it('a column that every engine can hold is never sent as text', async () => {
  const shape = shapeOf({ id: '25', active: '16' }, ['id']);
  expect(await typesOf(shape, ['active'])).toEqual(['text(*)', 'boolean']);
});

it('a table that cannot be told is lost with each of its changes', async () => {
  const reader = readerOf(shapeOf({ id: '25', span: '1186' }, ['id']), []);
  for (const _ of [1, 2]) {
    const events = await reader.read(0, false);
    expect(events).toMatchObject([
      { kind: 'lost', reason: expect.stringContaining('column span') as string },
    ]);
  }
});
