import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { casesOf, mentionsIn, sourcesIn, titlesOf } from './cases.js';

const STAND_IN = 'test/support/sqlserver';
/** Folders whose files each model a behaviour of the server. */
const HANDLERS = [
  'catalog',
  'catalog/define',
  'catalog/partitions',
  'catalog/procedures',
  'engine/functions',
  'engine/print',
  'engine/session',
  'feeds',
  'feeds/procedures',
];
/** Files there that model none. */
const EXEMPT: Readonly<Record<string, string>> = {
  'catalog/feeds-seam.ts': 'types alone',
  'catalog/set-up.ts': 'runs the SQL files of the catalog',
  'engine/print/printed.ts': 'types alone',
  'engine/session/pg-pipeline.ts': 'how PostgreSQL is spoken to',
  'engine/session/pg-session.ts': 'how PostgreSQL is spoken to',
  'feeds/procedures/stand-in.ts': 'switches for tests, which a server does not have',
};

const sources = sourcesIn(STAND_IN)
  .filter(({ path }) => path.endsWith('.ts'))
  .map(({ path, text }) => ({ path: path.slice(STAND_IN.length + 1), text }));
const handlers = sources.filter(
  // A list of the files beside it models nothing of its own.
  ({ path }) =>
    HANDLERS.includes(dirname(path)) && !path.endsWith('/index.ts') && !(path in EXEMPT),
);
const named = sources.flatMap((source) =>
  casesOf(source).map((of) => ({ path: source.path, ...of })),
);

describe('the stand-in for SQL Server', () => {
  it.each(handlers)('names the case that needs $path', (source) => {
    expect(casesOf(source)).not.toEqual([]);
  });

  it.each(named)('names in $path a case that there is: $file: $title', ({ file, title }) => {
    expect(titlesOf(file)).toContain(title);
  });

  it('names cases in no other form', () => {
    const other = sources.filter((source) => mentionsIn(source) !== casesOf(source).length);
    expect(other.map(({ path }) => path)).toEqual([]);
  });

  it('exempts only files that there are', () => {
    const paths = sources.map(({ path }) => path);
    expect(Object.keys(EXEMPT).filter((path) => !paths.includes(path))).toEqual([]);
    expect(HANDLERS.filter((folder) => !paths.some((path) => dirname(path) === folder))).toEqual(
      [],
    );
  });
});
