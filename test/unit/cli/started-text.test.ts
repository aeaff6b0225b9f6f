import { describe, expect, it } from 'vitest';
import { startedText } from '../../../src/cli/started-text.js';
import { tableRow } from './rows.js';

function row(table: string, over: Parameters<typeof tableRow>[0] = {}) {
  return tableRow({ source: { schema: 'public', table }, ...over });
}

describe('what start says at its end', () => {
  it('is that every table follows, where every table does', () => {
    const rows = [row('a'), row('b', { mode: 'incremental', laneId: null })];
    expect(startedText(rows)).toBe('every table follows its source.');
  });

  it('names the tables that are only loaded as a whole', () => {
    const rows = [row('a'), row('b'), row('c', { mode: 'full', laneId: null })];
    expect(startedText(rows)).toBe(
      '2 tables follow their source; loaded as a whole, not following: 1 (public.c). ' +
        'sluice status says more.',
    );
  });

  it('names the tables that rest', () => {
    const rows = [row('a'), row('b', { enabled: false }), row('c', { wanted: 'pause' })];
    const text = startedText(rows);
    expect(text).toContain('1 table follows its source');
    expect(text).toContain('paused, switched off or only discovered: 2 (public.b, public.c)');
  });
});
