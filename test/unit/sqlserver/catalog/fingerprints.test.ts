import { describe, expect, it } from 'vitest';
import { compareFingerprints } from '../../../../src/engines/sqlserver/catalog/compare-fingerprints.js';
import { fingerprintOf } from '../../../../src/engines/sqlserver/catalog/fingerprint.js';
import type { MsColumn } from '../../../../src/engines/sqlserver/catalog/model.js';
import { msColumn, msTable, primaryKey } from '../ms-models.js';

const id = msColumn('id', 'int', { nullable: false });
const name = msColumn('name', 'nvarchar(50)');
const indexes = [primaryKey('PK', 'id')];
const IDENTITY = { seed: '1', increment: '1', lastValue: null, notForReplication: false };

function verdict(columns: readonly MsColumn[], more: Parameters<typeof msTable>[2] = {}) {
  const before = fingerprintOf(msTable('t', [id, name], { indexes }));
  return compareFingerprints(before, fingerprintOf(msTable('t', columns, { indexes, ...more })));
}

describe('what a change of a table asks for', () => {
  it('asks for nothing when the same table is read again', () => {
    expect(verdict([id, name]).action).toBe('none');
  });

  it('does not mind indexes, checks and foreign keys', () => {
    const check = { id: 3, name: 'CK', definition: '([id]>(0))' };
    const flags = { disabled: false, notTrusted: false, notForReplication: false };
    expect(verdict([id, name], { checks: [{ ...check, ...flags }] }).action).toBe('none');
  });

  it('tells a renamed column from a dropped and an added one by its number', () => {
    expect(verdict([id, { ...name, id: 2, name: 'title' }])).toMatchObject({
      action: 'heal',
      renamed: [{ from: 'name', to: 'title' }],
      dropped: [],
    });
  });

  it("copies again for a name that was another column's before", () => {
    const pushedAway = { ...name, name: 'former' };
    const again = msColumn('name', 'nvarchar(50)', { id: 3 });
    for (const columns of [
      [id, again],
      [id, pushedAway, again],
    ]) {
      expect(verdict(columns).reason).toBe('column name is another one than before');
    }
  });

  it('heals a dropped column', () => {
    expect(verdict([id])).toMatchObject({ action: 'heal', dropped: ['name'] });
  });

  it('heals a new column that starts as NULL, and one that every row computes', () => {
    const added = msColumn('note', 'nvarchar(max)', { id: 3 });
    const sum = msColumn('twice', 'int', {
      id: 4,
      computed: { definition: '([id]*(2))', persisted: false },
    });
    expect(verdict([id, name, added, sum]).action).toBe('heal');
  });

  it.each<[string, Partial<MsColumn>]>([
    ['with a default', { default: { name: 'DF', definition: '((0))', systemNamed: false } }],
    ['that is NOT NULL', { nullable: false }],
    ['that is an identity', { identity: IDENTITY }],
  ])('copies again for a new column %s, whose values no feed carries', (_, more) => {
    expect(verdict([id, name, msColumn('note', 'int', { ...more, id: 3 })])).toMatchObject({
      action: 'resync',
      reason: expect.stringContaining('column note') as unknown,
    });
  });

  it('copies again when a type, a collation or an expression changed', () => {
    const wider = msColumn('name', 'nvarchar(60)');
    const binary = { ...name, collation: 'Latin1_General_100_BIN2' };
    expect(verdict([id, wider]).reason).toBe('the type of column name changed');
    expect(verdict([id, binary]).reason).toBe('the collation of column name changed');
  });

  it('copies again when the table was re-created, also under the same object id', () => {
    expect(verdict([id, name], { id: 2 }).action).toBe('resync');
    expect(verdict([id, name], { created: '2026-02-02T00:00:00' }).action).toBe('resync');
  });

  it('heals a changed key', () => {
    expect(verdict([id, name], { indexes: [] })).toMatchObject({
      action: 'heal',
      reason: 'its key changed',
    });
  });

  it('copies again for what it cannot read', () => {
    expect(compareFingerprints('{}', '[').action).toBe('resync');
  });
});
