import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MsType } from '../../../../src/engines/sqlserver/catalog/model.js';
import { canonicalKeys } from '../../../../src/engines/sqlserver/verify/key-values.js';
import {
  toCanonicalValue,
  verifyColumn,
  type VerifyTable,
} from '../../../../src/engines/sqlserver/verify/verify-columns.js';
import {
  canonicalRow,
  DigestSum,
  hashRow,
  PartSums,
} from '../../../../src/engines/sqlserver/verify/worker-hash.js';

const type = (name: string, maxLength = 8, scale = 0): MsType => ({
  name,
  maxLength,
  precision: 0,
  scale,
});
const column = (name: string, of: MsType) => verifyColumn(name, of, null);
const ID = column('id', type('int', 4));
const NAME = column('name', type('nvarchar', 40));
const TABLE: VerifyTable = { columns: [ID, NAME], key: [ID], utf8: false };

describe('rows hashed in the worker', () => {
  it('have the canonical text of their values', () => {
    const columns = [
      column('a', type('bit')),
      column('b', type('decimal', 9, 2)),
      column('c', type('decimal', 9, 0)),
      column('d', type('datetime2', 8, 7)),
      column('e', type('uniqueidentifier')),
      column('f', type('varbinary', 10)),
      column('g', type('nchar', 10)),
      column('h', type('nvarchar', -1)),
      column('i', type('float')),
    ];
    const values = [
      ...[true, '-1.50', '100.', '2020-10-20 10:20:30.1000000'],
      ...['6F9619FF-8B86-D011-B42D-00C04FC964FF', Buffer.from([0, 255]), 'ä  ', '😀', 0.5],
    ];
    expect(canonicalRow(columns, values)).toBe(
      '1;-1.5;100;2020-10-20 10:20:30.1;6f9619ff-8b86-d011-b42d-00c04fc964ff;00ff;2:ä;4:😀;3fe0000000000000;',
    );
    expect(canonicalRow([NAME, NAME], [null, ''])).toBe('~;0:;');
  });

  it('count the first 60 bits of the hash of that text', () => {
    const row = hashRow(TABLE, [7, 7, 'x']);
    const hash = createHash('sha256').update('7;1:x;').digest('hex').slice(0, 15);
    expect(row).toMatchObject({ key: '7;', hash: BigInt(`0x${hash}`).toString() });
  });

  it('add up to the whole, in whatever parts', () => {
    const rows = fc.uniqueArray(fc.integer(), { maxLength: 40 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 4 }), (ids, below) => {
        const whole = new DigestSum();
        const parts = new PartSums(new Set(['']), { above: 0, below });
        for (const id of ids) {
          const row = hashRow(TABLE, [id, id, `n${String(id)}`]);
          whole.add(row);
          parts.add(row);
        }
        const sum = parts.parts.reduce((hash, part) => hash + BigInt(part.digest.hash), 0n);
        const count = parts.parts.reduce((all, part) => all + part.digest.rows, 0);
        expect(whole.digest).toEqual({ rows: count, hash: sum.toString() });
        expect(parts.parts.every((part) => part.id.length === below)).toBe(true);
      }),
    );
  });

  it('belong to the parts that are asked for only', () => {
    const row = hashRow(TABLE, [7, 7, 'x']);
    const digit = row.keyHash.slice(0, 1);
    const other = digit === '0' ? '1' : '0';
    const digits = { above: 1, below: 2 };
    const wanted = new PartSums(new Set([digit]), digits);
    const unwanted = new PartSums(new Set([other]), digits);
    wanted.add(row);
    unwanted.add(row);
    expect(wanted.parts).toHaveLength(1);
    expect(unwanted.parts).toEqual([]);
  });

  it('are refused where the driver gives what no type has', () => {
    expect(() => toCanonicalValue(new Date())).toThrow(TypeError);
  });
});

describe('canonical key texts', () => {
  it('lead back to the values of the key, each of its own type', () => {
    const key = [
      column('f', type('float')),
      column('o', type('datetimeoffset', 10, 3)),
      column('b', type('varbinary', 4)),
      NAME,
    ];
    const text = canonicalRow(key, [0.1, '2020-10-20 04:50:30.120', Buffer.from([1]), "it's;"]);
    const { sql, params } = canonicalKeys(key, [text]);
    expect(params.map((param) => param.value)).toEqual([
      '0.1',
      '2020-10-20 04:50:30.12 +00:00',
      '01',
      "it's;",
    ]);
    expect(sql).toContain('CONVERT(varbinary(4), @k2, 2)');
    expect(sql).toContain('AS k (v0, v1, v2, v3)');
  });

  it('are refused where they are none', () => {
    expect(() => canonicalKeys([ID], ['7'])).toThrow(TypeError);
    expect(() => canonicalKeys([ID], ['7;8;'])).toThrow(TypeError);
  });
});
