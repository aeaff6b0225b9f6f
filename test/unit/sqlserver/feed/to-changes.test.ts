import { describe, expect, it } from 'vitest';
import { UNCHANGED, type Cell, type Change } from '../../../../src/core/change.js';
import type { Captured } from '../../../../src/engines/sqlserver/feed/cdc/captured.js';
import {
  toChanges,
  type CapturedRow,
} from '../../../../src/engines/sqlserver/feed/cdc/to-changes.js';
import { formatsOf, wireColumn } from '../../../../src/engines/sqlserver/feed/wire-column.js';

const INT = { name: 'int', maxLength: 4, precision: 10, scale: 0 };
const TEXT = { name: 'nvarchar', maxLength: -1, precision: 0, scale: 0 };
const BYTES = { name: 'varbinary', maxLength: 20, precision: 0, scale: 0 };

function captured(): Captured {
  const columns = [
    { name: 'id', ordinal: 1, large: false, key: true, wire: wireColumn('id', INT, 'sqlserver') },
    {
      name: 'note',
      ordinal: 9,
      large: true,
      key: false,
      wire: wireColumn('note', TEXT, 'sqlserver'),
    },
    {
      name: 'tag',
      ordinal: 3,
      large: false,
      key: false,
      wire: wireColumn('tag', BYTES, 'sqlserver'),
    },
  ];
  const table = { schema: 'dbo', table: 't' };
  return {
    instance: {
      id: 1,
      sourceId: 2,
      table,
      name: 'dbo_t',
      changeTable: 'dbo_t_CT',
      start: null,
      created: '',
      cleaned: false,
      hasCommand: true,
    },
    shape: {
      table,
      columns: columns.map(({ name, key, wire }) => ({ name, key, type: wire.type })),
      wire: 'sqlserver',
    },
    columns,
    formats: formatsOf(columns.map(({ wire }) => wire)),
    page: { changeTable: 'dbo_t_CT', hasCommand: true, columns: [] },
  };
}

function row(operation: number, values: readonly unknown[], mask = '0105'): CapturedRow {
  return {
    lsn: '0'.repeat(20),
    command: 1,
    sequence: '1'.repeat(20),
    operation,
    mask: Buffer.from(mask, 'hex'),
    values,
  };
}

async function changesOf(rows: readonly CapturedRow[]): Promise<Change[]> {
  async function* all() {
    await Promise.resolve();
    yield* rows;
  }
  const changes: Change[] = [];
  for await (const placed of toChanges(captured(), all())) changes.push(placed.change);
  return changes;
}

function shown(cells: readonly Cell[] | null | undefined): unknown {
  return cells?.map((cell) => (Buffer.isBuffer(cell) ? cell.toString('latin1') : cell)) ?? null;
}

describe('rows of a change table', () => {
  it('become inserts, updates and deletes', async () => {
    const tag = Buffer.from([1, 2]);
    const [insert, update, remove] = await changesOf([
      row(2, [7, 'a', tag], '01ff'),
      row(3, [7, 'a', tag]),
      row(4, [7, 'b', null]),
      row(1, [7, 'b', null], '01ff'),
    ]);
    expect(insert).toMatchObject({ op: 'i', oldKey: null });
    expect(shown(insert?.row)).toEqual(['7', 'a', '\u0001\u0002']);
    expect(insert?.formats).toEqual(Uint8Array.from([0, 0, 1]));
    expect(update).toMatchObject({ op: 'u', oldKey: null });
    expect(shown(update?.row)).toEqual(['7', 'b', null]);
    expect(remove).toMatchObject({ op: 'd', row: null });
    expect(shown(remove?.oldKey)).toEqual(['7', null, null]);
  });

  it('tell a large value that was not touched from one that is NULL now', async () => {
    const [untouched, emptied] = await changesOf([
      row(3, [7, null, null], '0004'),
      row(4, [7, null, null], '0004'),
      row(3, [7, 'a', null], '0104'),
      row(4, [7, null, null], '0104'),
    ]);
    expect(shown(untouched?.row)).toEqual(['7', UNCHANGED, null]);
    expect(shown(emptied?.row)).toEqual(['7', null, null]);
  });

  it('bring the old key where an update changes it', async () => {
    const [moved] = await changesOf([row(3, [7, 'a', null]), row(4, [8, 'a', null])]);
    expect(moved?.op).toBe('u');
    expect(shown(moved?.oldKey)).toEqual(['7', null, null]);
    expect(shown(moved?.row)).toEqual(['8', 'a', null]);
  });

  it('are refused where an update lacks one of its two rows', async () => {
    const before = row(3, [7, 'a', null]);
    const after = row(4, [7, 'b', null]);
    for (const rows of [
      [after],
      [before],
      [before, before, after],
      [before, row(2, [8, '', null])],
    ]) {
      await expect(changesOf(rows)).rejects.toMatchObject({ code: 'FEED_CHANGED' });
    }
  });
});
