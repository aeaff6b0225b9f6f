import { describe, expect, it } from 'vitest';
import { formsDiffer, whyNoText, withTexts } from '../../../src/core/as-text.js';
import type { NeutralColumn, NeutralTable } from '../../../src/core/neutral-table.js';
import { formatNeutral, parseNeutral } from '../../../src/core/neutral-type.js';

const column = (name: string, type: string | null, hasText = true): NeutralColumn => ({
  ...{ name, type: type === null ? null : parseNeutral(type), sourceType: `type of ${name}` },
  ...{ nullable: true, identity: false, hasText },
});

const TABLE: NeutralTable = {
  columns: [
    column('id', 'timestamp(6,utc)'),
    column('code', 'decimal(*,*)'),
    column('parent', 'date'),
    column('at', 'timestamp(6,utc)'),
    column('tags', null),
    column('note', 'text(20)', false),
  ],
  primaryKey: { name: 'pk', columns: ['id'] },
  uniques: [{ name: 'uq', columns: ['code'] }],
  indexes: [{ name: 'ix', columns: ['at'], descending: [false] }],
  foreignKeys: [
    {
      ...{ name: 'fk', columns: ['parent'], references: { schema: 'public', table: 'p' } },
      ...{ referencedColumns: ['day'], onDelete: 'no action', onUpdate: 'no action' },
    },
  ],
};

describe('a column as text', () => {
  it('is a text without a limit, and says that it is one', () => {
    const { columns } = withTexts(TABLE, ['at', 'tags', 'not there']);
    const of = (name: string) => columns.find((one) => one.name === name);
    for (const name of ['at', 'tags']) {
      const found = of(name);
      expect(found?.type == null ? null : formatNeutral(found.type)).toBe('text(*)');
      expect(found?.asText).toBe(true);
    }
    expect(of('code')).toBe(TABLE.columns[1]);
    expect(columns).toHaveLength(TABLE.columns.length);
  });

  it.each([
    ['at', null],
    ['tags', null],
    ['not there', null],
    ['id', 'rows are found by its values'],
    ['code', 'rows are found by its values'],
    ['parent', 'rows are found by its values'],
    ['note', 'a type of note has no text that could stand for it'],
  ])('%s: %s', (name, why) => {
    expect(whyNoText(TABLE, name, [])).toBe(why);
  });

  it('is refused for what a watermark or a configured key needs', () => {
    expect(whyNoText(TABLE, 'at', ['at'])).toBe('rows are found by its values');
  });
});

describe('a change and its target', () => {
  it.each([
    ['text(*)', 'timestamp(6,utc)', true],
    ['text(*)', 'float(64)', true],
    ['text(*)', 'text(*)', false],
    ['text(*)', 'uuid', false],
    ['text(*)', null, false],
    ['timestamp(6,utc)', 'text(*)', true],
    ['date', 'text(*)', true],
    ['decimal(*,*)', 'text(*)', false],
    ['timestamp(6,utc)', 'timestamp(7,offset)', false],
    ['integer(64)', 'text(*)', false],
    ['text(*)', 'boolean', true],
    ['text(*)', 'binary(*)', true],
    ['boolean', 'text(*)', true],
  ])('%s into %s: other forms %s', (sent, held, differ) => {
    expect(formsDiffer(parseNeutral(sent), held === null ? null : parseNeutral(held))).toBe(differ);
  });
});
