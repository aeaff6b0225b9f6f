import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './markdown.js';

/** `test/conformance/sqlserver/locks: "a title, or how it begins"`, perhaps over two lines. */
const NAMED = /test\/conformance\/sqlserver\/([\w-]+): "([^"]+)"/g;

interface Case {
  readonly file: string;
  readonly title: string;
}

function namedIn(folder: string): Case[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return namedIn(path);
    const text = readFileSync(path, 'utf8').replaceAll(/\s*\n\s*(?:\*|\/\/)\s*/g, ' ');
    return [...text.matchAll(NAMED)].map(([, file = '', title = '']) => ({ file, title }));
  });
}

const cases = namedIn(join(ROOT, 'src/engines/sqlserver'));

describe('what the code relies on of SQL Server', () => {
  it('is named in it', () => {
    expect(cases.length).toBeGreaterThan(5);
  });

  it.each(cases)('has the case $file: $title', ({ file, title }) => {
    const path = join(ROOT, 'test/conformance/sqlserver', `${file}.test.ts`);
    expect(readFileSync(path, 'utf8')).toContain(title);
  });
});
