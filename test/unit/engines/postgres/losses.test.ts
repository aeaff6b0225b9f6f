import { describe, expect, it } from 'vitest';
import { parseNeutral } from '../../../../src/core/neutral-type.js';
import { lossesOf } from '../../../../src/engines/postgres/define/losses.js';
import type { TableModel } from '../../../../src/engines/contract/schema.js';

function table(columns: Readonly<Record<string, [source: string, neutral: string]>>): TableModel {
  return {
    name: { schema: 'dbo', table: 'visits' },
    columns: [],
    key: ['id'],
    rowsEstimated: 0,
    bytesEstimated: 0,
    fingerprint: '',
    findings: [],
    feeds: [],
    native: null,
    neutral: {
      columns: Object.entries(columns).map(([name, [sourceType, neutral]]) => ({
        name,
        type: parseNeutral(neutral),
        sourceType,
        nullable: false,
        identity: false,
      })),
      primaryKey: null,
      uniques: [],
      indexes: [],
      foreignKeys: [],
    },
  };
}

describe('what PostgreSQL cannot keep', () => {
  it('is named column by column, where every value goes in all the same', () => {
    const found = lossesOf(
      table({
        id: ['int', 'integer(32)'],
        at: ['datetimeoffset(3)', 'timestamp(3,offset)'],
        made: ['datetime2(3)', 'timestamp(3,none)'],
      }),
    );
    expect(found).toMatchObject([{ severity: 'warning', code: 'table.offset-lost' }]);
    expect(found[0]?.message).toMatch(/column at of dbo\.visits \(datetimeoffset\(3\)\)/);
  });
});
