import { describe, expect, it } from 'vitest';
import {
  circlesOf,
  circleText,
  wayBack,
  type Referring,
} from '../../../src/core/foreign-key-circles.js';
import type { TableName } from '../../../src/core/names.js';

const name = (table: string): TableName => ({ schema: 'dbo', table });
const refers = (table: string, ...to: string[]): Referring => ({
  name: name(table),
  references: to.map(name),
});
const said = (circles: readonly (readonly TableName[])[]): string[] => circles.map(circleText);

describe('circles of foreign keys', () => {
  it.each<[string, readonly Referring[], readonly string[]]>([
    ['nothing refers to anything', [refers('a'), refers('b')], []],
    ['a chain', [refers('a', 'b'), refers('b', 'c'), refers('c')], []],
    ['a diamond', [refers('a', 'b', 'c'), refers('b', 'd'), refers('c', 'd'), refers('d')], []],
    ['a table that refers to itself', [refers('a', 'a')], []],
    ['two tables', [refers('a', 'b'), refers('b', 'a')], ['dbo.a → dbo.b → dbo.a']],
    [
      'three tables, with one beside them that only refers to one of them',
      [refers('x', 'a'), refers('a', 'b'), refers('b', 'b', 'c'), refers('c', 'a')],
      ['dbo.a → dbo.b → dbo.c → dbo.a'],
    ],
    [
      'two keys to the same table',
      [refers('a', 'b', 'b'), refers('b', 'a')],
      ['dbo.a → dbo.b → dbo.a'],
    ],
    [
      'two circles that share a table',
      [refers('a', 'b', 'c'), refers('b', 'a'), refers('c', 'a')],
      ['dbo.a → dbo.b → dbo.a', 'dbo.a → dbo.c → dbo.a'],
    ],
    ['a table that is not replicated', [refers('a', 'gone'), refers('b', 'a')], []],
  ])('%s', (_what, tables, expected) => {
    expect(said(circlesOf(tables))).toEqual(expected);
  });

  it('finds the shortest way back', () => {
    const tables = [refers('a', 'b'), refers('b', 'c', 'd'), refers('c', 'a'), refers('d', 'c')];
    expect(said([wayBack(name('a'), name('b'), tables) ?? []])).toEqual([
      'dbo.a → dbo.b → dbo.c → dbo.a',
    ]);
    expect(wayBack(name('a'), name('gone'), tables)).toBeNull();
    expect(wayBack(name('a'), name('a'), tables)).toBeNull();
  });
});
