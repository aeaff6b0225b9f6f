import { describe, expect, it } from 'vitest';
import { configuredModel } from '../../../src/session/configured-model.js';
import { bareModel } from '../../support/bare-model.js';

const name = { schema: 'public', table: 't' };
const column = { type: null, sourceType: 'interval', nullable: true, identity: false } as const;
const bare = bareModel(name, ['id']);
const model = {
  ...bare,
  neutral: { ...bare.neutral, columns: [{ ...column, name: 'span', hasText: true }] },
};
const watermark = { overlap: 0 };

describe('a table as the configuration has it', () => {
  it('keeps the key that it declares, else takes the one that is written', () => {
    expect(configuredModel(model, { key: ['span'], watermark }).key).toEqual(['id']);
    expect(configuredModel({ ...model, key: null }, { key: ['span'], watermark }).key).toEqual([
      'span',
    ]);
    expect(configuredModel({ ...model, key: null }, { watermark }).key).toBeNull();
  });

  it('has the columns of asText as text', () => {
    const { neutral, findings } = configuredModel(model, { asText: ['span'], watermark });
    expect(neutral.columns[0]).toMatchObject({ type: { kind: 'text' }, asText: true });
    expect(findings).toEqual([]);
  });

  it('says that a column of asText is not there', () => {
    const { findings } = configuredModel(model, { asText: ['Span'], watermark });
    expect(findings).toMatchObject([
      { severity: 'info', message: 'public.t has no column Span, which asText names.' },
    ]);
  });

  it.each([
    ['the key', { key: ['span'], watermark }, { ...model, key: null }],
    ['a watermark', { watermark: { column: 'span', overlap: 0 } }, model],
    ['a mark of deleted rows', { softDeleteColumn: 'span', watermark }, model],
  ])('stops the table for a text in %s', (_, settings, given) => {
    const { findings, neutral } = configuredModel(given, { ...settings, asText: ['span'] });
    expect(neutral.columns).toEqual(given.neutral.columns);
    expect(findings).toMatchObject([
      {
        severity: 'error',
        message: 'Column span of public.t cannot travel as text: rows are found by its values.',
        remedy: 'Take span out of asText.',
      },
    ]);
  });
});
