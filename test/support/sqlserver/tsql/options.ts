import type { DataSpace, IndexColumn, IndexOption } from './ast.js';
import type { Queries } from './queries.js';

const OPTIONS: ReadonlySet<string> = new Set([
  'ALLOW_PAGE_LOCKS',
  'ALLOW_ROW_LOCKS',
  'COMPRESSION_DELAY',
  'DATA_COMPRESSION',
  'DROP_EXISTING',
  'DURABILITY',
  'FILLFACTOR',
  'IGNORE_DUP_KEY',
  'LOCK_ESCALATION',
  'MAXDOP',
  'MEMORY_OPTIMIZED',
  'ONLINE',
  'OPTIMIZE_FOR_SEQUENTIAL_KEY',
  'PAD_INDEX',
  'SORT_IN_TEMPDB',
  'STATISTICS_NORECOMPUTE',
]);

/** `[WITH (NAME = value, …)]` of tables, indexes and keys. @param more options that count here too */
export function readOptions(p: Queries, more: readonly string[] = []): IndexOption[] {
  if (!p.take('WITH')) return [];
  if (!p.is('(')) p.refuse('index options without brackets');
  return readOptionList(p, more);
}

export function readOptionList(p: Queries, more: readonly string[] = []): IndexOption[] {
  return p.bracketed(() => p.list(() => option(p, more)));
}

function option(p: Queries, more: readonly string[]): IndexOption {
  const name = p.word();
  if (!OPTIONS.has(name) && !more.includes(name)) p.refuse(`the option ${name}`);
  p.expect('=');
  const value = p.peek().kind === 'number' ? p.integer() : p.word();
  if (p.is('(')) p.refuse(`the details of ${name}`);
  return { name, value, partitions: p.take('ON', 'PARTITIONS') ? partitionList(p) : null };
}

function partitionList(p: Queries): string {
  return p.bracketed(() =>
    p
      .list(() => {
        const from = p.integer();
        return p.take('TO') ? `${from} TO ${p.integer()}` : from;
      })
      .join(', '),
  );
}

/** `[ON filegroup | scheme(column)]`; the word ON is asked for here. */
export function readDataSpace(p: Queries): DataSpace | null {
  if (!p.take('ON')) return null;
  const name = spaceName(p);
  return { name, column: p.is('(') ? p.bracketed(() => p.identifier()) : null };
}

/** PRIMARY needs no brackets here only because "default" and names do not. */
export function spaceName(p: Queries): string {
  if (p.take('PRIMARY')) return 'PRIMARY';
  return p.peek().kind === 'string' ? p.string() : p.identifier();
}

export function readIndexColumns(p: Queries): IndexColumn[] {
  return p.bracketed(() =>
    p.list(() => {
      const name = p.identifier();
      return { name, descending: p.takeAny('ASC', 'DESC') === 'DESC' };
    }),
  );
}

/** CLUSTERED or NONCLUSTERED; null: not said. */
export function readClustered(p: Queries): boolean | null {
  const word = p.takeAny('CLUSTERED', 'NONCLUSTERED');
  return word === null ? null : word === 'CLUSTERED';
}
