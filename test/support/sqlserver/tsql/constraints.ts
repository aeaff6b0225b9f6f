import type {
  ForeignKeyConstraint,
  KeyConstraint,
  ReferentialAction,
  TableConstraint,
} from './ast.js';
import { readClustered, readDataSpace, readIndexColumns, readOptions } from './options.js';
import type { Queries } from './queries.js';

export function startsConstraint(p: Queries): boolean {
  return p.isAny('CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN', 'DEFAULT');
}

/** `column`: the one that the constraint is written with, null where it stands by itself. */
export function readConstraint(p: Queries, column: string | null): TableConstraint {
  const name = p.take('CONSTRAINT') ? p.identifier() : null;
  if (p.take('DEFAULT')) return defaultOf(p, name, column);
  if (p.take('CHECK')) {
    const notForReplication = p.take('NOT', 'FOR', 'REPLICATION');
    const condition = p.bracketed(() => p.condition());
    return { kind: 'check', name, column, condition, notForReplication };
  }
  if (p.take('PRIMARY', 'KEY')) return key(p, name, true, column);
  if (p.take('UNIQUE')) return key(p, name, false, column);
  return foreignKey(p, name, column);
}

function defaultOf(p: Queries, name: string | null, column: string | null): TableConstraint {
  const expression = p.expression();
  const of = p.take('FOR') ? p.identifier() : (column ?? p.fail());
  const withValues = p.take('WITH', 'VALUES');
  return { kind: 'defaultConstraint', name, column: of, expression, withValues };
}

function key(
  p: Queries,
  name: string | null,
  primary: boolean,
  column: string | null,
): KeyConstraint {
  const clustered = readClustered(p);
  const own = column === null ? null : [{ name: column, descending: false }];
  const columns = p.is('(') ? readIndexColumns(p) : (own ?? p.fail());
  const options = readOptions(p);
  return { kind: 'key', name, primary, clustered, columns, options, on: readDataSpace(p) };
}

function foreignKey(p: Queries, name: string | null, column: string | null): ForeignKeyConstraint {
  const said = p.take('FOREIGN', 'KEY');
  const columns = said && p.is('(') ? p.names() : [column ?? p.fail()];
  p.expect('REFERENCES');
  const references = p.name();
  const referencedColumns = p.is('(') ? p.names() : null;
  let onDelete: ReferentialAction = 'noAction';
  let onUpdate: ReferentialAction = 'noAction';
  while (p.take('ON')) {
    if (p.take('DELETE')) onDelete = action(p);
    else {
      p.expect('UPDATE');
      onUpdate = action(p);
    }
  }
  const notForReplication = p.take('NOT', 'FOR', 'REPLICATION');
  const actions = { onDelete, onUpdate, notForReplication };
  return { kind: 'foreignKey', name, columns, references, referencedColumns, ...actions };
}

function action(p: Queries): ReferentialAction {
  if (p.take('CASCADE')) return 'cascade';
  if (p.take('SET', 'NULL')) return 'setNull';
  if (p.take('SET', 'DEFAULT')) return 'setDefault';
  p.expect('NO', 'ACTION');
  return 'noAction';
}
