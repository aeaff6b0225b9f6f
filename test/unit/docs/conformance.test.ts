import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './markdown.js';

const CASES = 'test/conformance/sqlserver';
/** `test/conformance/sqlserver/locks: "a title, or how it begins"`, perhaps over two lines. */
const NAMED = /test\/conformance\/sqlserver\/([\w-]+): "([^"]+)"/g;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
/** A page of Microsoft's documentation, by its title. */
const PAGE = /"[^"]+ \(Transact-SQL\)"|"\[MS-TDS\][^"]+"|"Database engine events and errors"/;

interface Case {
  readonly file: string;
  readonly title: string;
}

function textsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? textsIn(path) : [oneLine(readFileSync(path, 'utf8'))];
  });
}

/** A comment over several lines reads as one. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*(?:\*|\/\/)\s*/g, ' ');
}

function read(name: string): string {
  return readFileSync(join(ROOT, CASES, name), 'utf8');
}

const texts = textsIn(join(ROOT, 'src/engines/sqlserver'));
const cases = texts.flatMap((text) =>
  [...text.matchAll(NAMED)].map(([, file = '', title = '']): Case => ({ file, title })),
);
const files = readdirSync(join(ROOT, CASES)).filter((name) => name.endsWith('.test.ts'));

describe('what the code relies on of SQL Server', () => {
  it('is named in it by file and title', () => {
    const mentions = texts.reduce((sum, text) => sum + text.split(`${CASES}/`).length - 1, 0);
    expect(mentions).toBeGreaterThan(0);
    expect(cases).toHaveLength(mentions);
  });

  it.each(cases)('has the case $file: $title', ({ file, title }) => {
    expect(read(`${file}.test.ts`).replaceAll(COMMENT, '')).toContain(title);
  });
});

describe('the cases of SQL Server', () => {
  it.each(files)('%s are named in the code', (name) => {
    expect(cases.map(({ file }) => `${file}.test.ts`)).toContain(name);
  });

  it.each(files)('%s say which page tells so', (name) => {
    const comments = read(name).match(COMMENT) ?? [];
    expect(comments.map(oneLine).join('\n')).toMatch(PAGE);
  });
});
