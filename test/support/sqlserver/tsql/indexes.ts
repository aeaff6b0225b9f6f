import type { AlterIndex, CreateIndex, Definition, IndexShape } from './ast.js';
import { readClustered, readDataSpace, readIndexColumns, readOptions } from './options.js';
import type { Queries } from './queries.js';

type Kind = Pick<IndexShape, 'name' | 'unique' | 'clustered' | 'columnstore'>;

/** What follows the name of an index (and its table): columns, INCLUDE, WHERE, WITH, ON. */
export function readIndexShape(p: Queries, kind: Kind): IndexShape {
  const columns = p.is('(') ? readIndexColumns(p) : [];
  const include = p.take('INCLUDE') ? p.names() : [];
  const where = p.take('WHERE') ? p.condition() : null;
  const options = readOptions(p);
  return { ...kind, columns, include, where, options, on: readDataSpace(p) };
}

/** After CREATE; null where no index follows. */
export function readCreateIndex(p: Queries): CreateIndex | null {
  if (p.isAny('XML', 'SPATIAL', 'FULLTEXT', 'SELECTIVE')) p.refuse(`${p.peek().key} indexes`);
  if (p.is('PRIMARY', 'XML')) p.refuse('XML indexes');
  if (!p.isAny('UNIQUE', 'CLUSTERED', 'NONCLUSTERED', 'COLUMNSTORE', 'INDEX')) return null;
  const unique = p.take('UNIQUE');
  const clustered = readClustered(p) ?? false;
  const columnstore = p.take('COLUMNSTORE');
  p.expect('INDEX');
  const name = p.identifier();
  p.expect('ON');
  const table = p.name();
  const shape = readIndexShape(p, { name, unique, clustered, columnstore });
  return { kind: 'createIndex', table, ...shape };
}

/** After ALTER INDEX. */
export function readAlterIndex(p: Queries): AlterIndex {
  const name = p.take('ALL') ? null : p.identifier();
  p.expect('ON');
  const table = p.name();
  const action = alterAction(p);
  if (p.take('PARTITION')) {
    p.expect('=');
    if (!p.take('ALL')) p.refuse('ALTER INDEX of one partition');
  }
  return { kind: 'alterIndex', name, table, action, options: readOptions(p) };
}

function alterAction(p: Queries): AlterIndex['action'] {
  if (p.take('REBUILD')) return 'rebuild';
  if (p.take('DISABLE')) return 'disable';
  if (p.take('REORGANIZE')) return 'reorganize';
  if (p.isAny('SET', 'RESUME', 'PAUSE', 'ABORT')) p.refuse(`ALTER INDEX … ${p.peek().key}`);
  return p.fail();
}

/** After DROP INDEX. */
export function readDropIndex(p: Queries): Definition {
  const ifExists = p.take('IF', 'EXISTS');
  const indexes = p.list(() => {
    const name = p.identifier();
    if (p.is('.')) p.refuse('DROP INDEX table.index');
    p.expect('ON');
    return { name, table: p.name() };
  });
  if (p.is('WITH', '(')) p.refuse('DROP INDEX … WITH');
  return { kind: 'dropIndex', indexes, ifExists };
}
