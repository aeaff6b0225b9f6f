import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CASES, COMMENT, casesOf, mentionsIn, oneLine } from './cases.js';
import { readCases, sourcesIn, titlesOf } from './cases.js';
import { ROOT } from './markdown.js';

/** A page of Microsoft's documentation, by its title. */
const PAGE = /"[^"]+ \(Transact-SQL\)"|"\[MS-TDS\][^"]+"|"Database engine events and errors"/;

const sources = sourcesIn('src/engines/sqlserver');
const cases = sources.flatMap(casesOf);
const files = readdirSync(join(ROOT, CASES)).filter((name) => name.endsWith('.test.ts'));

describe('what the code relies on of SQL Server', () => {
  it('is named in it by file and title', () => {
    const mentions = sources.reduce((sum, source) => sum + mentionsIn(source), 0);
    expect(mentions).toBeGreaterThan(0);
    expect(cases).toHaveLength(mentions);
  });

  it.each(cases)('has the case $file: $title', ({ file, title }) => {
    expect(titlesOf(file)).toContain(title);
  });
});

describe('the cases of SQL Server', () => {
  it.each(files)('%s are named in the code', (name) => {
    expect(cases.map(({ file }) => `${file}.test.ts`)).toContain(name);
  });

  it.each(files)('%s say which page tells so', (name) => {
    const comments = readCases(name).match(COMMENT) ?? [];
    expect(comments.map(oneLine).join('\n')).toMatch(PAGE);
  });
});
