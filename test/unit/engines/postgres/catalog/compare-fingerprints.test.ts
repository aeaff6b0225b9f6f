import { describe, expect, test } from 'vitest';
import { VARIES } from '../../../../../src/engines/postgres/catalog/fingerprint.js';
import { compareFingerprints } from '../../../../../src/engines/postgres/catalog/compare-fingerprints.js';

interface Column {
  readonly attnum: number;
  readonly name: string;
  readonly type?: string;
  readonly writer?: string;
  /** As the fingerprint keeps a default. */
  readonly value?: string;
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
    columns: columns.map(({ attnum, name, type, writer, value }) => [
      attnum,
      name,
      type ?? 'integer',
      false,
      null,
      value ?? null,
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

  test("a name that was another column's before asks for a copy, as nothing else tells them apart", () => {
    const before = JSON.stringify([table([ID, V, { attnum: 3, name: 'w' }])]);
    const exchanged = [ID, { ...V, name: 'w' }, { attnum: 3, name: 'v' }];
    const tookItsPlace = [ID, { attnum: 3, name: 'v' }];
    const pushedAway = [ID, { ...V, name: 'old' }, { attnum: 3, name: 'v' }];
    const addedAgain = [ID, { attnum: 3, name: 'w' }, { attnum: 4, name: 'v' }];
    for (const columns of [exchanged, tookItsPlace, pushedAway, addedAgain]) {
      const { action, reason } = compareFingerprints(before, JSON.stringify([table(columns)]));
      expect([action, reason]).toEqual([
        'resync',
        expect.stringMatching(/^column [vw] is another one than before$/),
      ]);
    }
  });

  test('an added column whose default was another value then is copied, one of a constant healed', () => {
    const added = { attnum: 3, name: 'w' };
    expect(verdict(table([ID, V, { ...added, value: 'hash' }])).action).toBe('heal');
    const { action, reason } = verdict(table([ID, V, { ...added, value: `${VARIES}hash` }]));
    expect([action, reason]).toEqual(['resync', expect.stringContaining('column w was added')]);
    // Of a column that was there, rows keep what they have.
    expect(verdict(table([ID, { ...V, value: `${VARIES}hash` }])).action).toBe('heal');
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
