import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './markdown.js';
import { POINTS } from './sqlserver-points.js';

/** `it('8.6, 11.3: …`, also behind the table of an `it.each`. */
const NUMBERED = /\(\s*['"`](\d+\.\d+(?:, \d+\.\d+)*): \S/g;

function numbersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return numbersIn(path);
    if (!entry.name.endsWith('.test.ts')) return [];
    const titles = readFileSync(path, 'utf8').matchAll(NUMBERED);
    return [...titles].flatMap(([, numbers = '']) => numbers.split(', '));
  });
}

const shown = new Set(numbersIn(join(ROOT, 'test')));
/** By tests that ask a server, not a function alone. */
const SERVED = ['integration', 'e2e', 'conformance'];
const served = new Set(SERVED.flatMap((folder) => numbersIn(join(ROOT, 'test', folder))));

describe('the checklist of the SQL Server engine', () => {
  it.each(Object.keys(POINTS))('has a test whose title begins with %s', (point) => {
    expect(shown).toContain(point);
  });

  it.each(Object.keys(POINTS))('has one for %s that asks a server', (point) => {
    expect(served).toContain(point);
  });

  it('has every number that a test is named after', () => {
    expect([...shown].filter((number) => POINTS[number] === undefined)).toEqual([]);
  });
});
