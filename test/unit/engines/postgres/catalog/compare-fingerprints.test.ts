import { describe, expect, test } from 'vitest';
import { compareFingerprints } from '../../../../../src/engines/postgres/catalog/compare-fingerprints.js';

interface Column {
  readonly attnum: number;
  readonly name: string;
  readonly type?: string;
  readonly writer?: string;
}

function table(
  columns: readonly Column[],
  over: { oid?: string; file?: string; identity?: string } = {},
): unknown {
  return {
    oid: over.oid ?? '1',
    file: over.file ?? '10',
    persistence: 'permanent',
    key: null,
    bound: null,
    identity: [over.identity ?? 'default', ['id']],
    columns: columns.map(({ attnum, name, type, writer }) => [
      attnum,
      name,
      type ?? 'integer',
      false,
      null,
      null,
      writer ?? '700',
    ]),
  };
}

const ID: Column = { attnum: 1, name: 'id' };
const V: Column = { attnum: 2, name: 'v' };
const BEFORE = JSON.stringify([table([ID, V])]);

function verdict(after: unknown): ReturnType<typeof compareFingerprints> {
  return compareFingerprints(BEFORE, JSON.stringify([after]));
}

describe('what a changed table asks for', () => {
  test('a new file alone (VACUUM FULL, TRUNCATE) asks for nothing', () => {
    expect(verdict(table([ID, V], { file: '11' })).action).toBe('none');
  });

  test('a new file with a column written anew is a rewrite, also of the same type', () => {
    const after = table([ID, { ...V, writer: '800' }], { file: '11' });
    expect(verdict(after).action).toBe('resync');
  });

  test('a column written anew in the same file asks for nothing', () => {
    expect(verdict(table([ID, { ...V, writer: '800' }])).action).toBe('none');
  });

  test('a column added together with a new file had a value for each row', () => {
    const after = table([ID, V, { attnum: 3, name: 'w' }], { file: '11' });
    expect(verdict(after).action).toBe('resync');
  });

  test('a table made again is another table', () => {
    expect(verdict(table([ID, V], { oid: '2' })).action).toBe('resync');
  });

  test('another type is copied again, also without a new file', () => {
    expect(verdict(table([ID, { ...V, type: 'text' }])).action).toBe('resync');
  });

  test('a rename is told from drop and add by the number', () => {
    expect(verdict(table([ID, { ...V, name: 'w' }]))).toMatchObject({
      action: 'heal',
      renamed: [{ from: 'v', to: 'w' }],
      dropped: [],
    });
    expect(verdict(table([ID, { attnum: 3, name: 'w' }]))).toMatchObject({
      action: 'heal',
      renamed: [],
      dropped: ['v'],
    });
  });

  test('another replica identity does not hide what else changed', () => {
    expect(verdict(table([ID, V], { identity: 'full' })).action).toBe('heal');
    const retyped = table([ID, { ...V, type: 'text' }], { identity: 'full' });
    expect(verdict(retyped).action).toBe('resync');
    const renamed = table([ID, { ...V, name: 'w' }], { identity: 'full' });
    expect(verdict(renamed).renamed).toEqual([{ from: 'v', to: 'w' }]);
  });

  test('what cannot be read is copied again', () => {
    expect(compareFingerprints('{', BEFORE).action).toBe('resync');
  });
});
