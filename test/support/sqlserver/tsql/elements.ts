import type { ColumnDefinition, ColumnMarks, Identity, InlineIndex, TableElement } from './ast.js';
import { readConstraint, startsConstraint } from './constraints.js';
import { readIndexShape } from './indexes.js';
import { readClustered } from './options.js';
import type { Queries } from './queries.js';

const REFUSED = ['COLUMN_SET'] as const;
const ENCRYPTIONS = ['DETERMINISTIC', 'RANDOMIZED'] as const;
const ENDS = ['START', 'END'] as const;

/** Element of CREATE TABLE or of ALTER TABLE … ADD: column, constraint or index. */
export function readElement(p: Queries): TableElement {
  if (p.is('PERIOD', 'FOR')) p.refuse('PERIOD FOR SYSTEM_TIME');
  if (startsConstraint(p)) return readConstraint(p, null);
  if (p.take('INDEX')) return inlineIndex(p);
  return column(p);
}

function inlineIndex(p: Queries): InlineIndex {
  const name = p.identifier();
  const unique = p.take('UNIQUE');
  const clustered = readClustered(p) ?? false;
  const columnstore = p.take('COLUMNSTORE');
  return { kind: 'index', ...readIndexShape(p, { name, unique, clustered, columnstore }) };
}

function column(p: Queries): ColumnDefinition {
  const name = p.identifier();
  const computed = p.take('AS') ? computation(p) : null;
  const type = computed === null ? columnType(p, name) : null;
  const start: ColumnDefinition = {
    kind: 'column',
    name,
    type,
    computed,
    collation: null,
    nullable: null,
    identity: null,
    sparse: false,
    rowGuidCol: false,
    masked: null,
    marks: {},
    constraints: [],
  };
  return properties(p, start);
}

/** A column called timestamp needs no type. */
function columnType(p: Queries, name: string): ColumnDefinition['type'] {
  const alone = p.isAny(',', ')') || p.ended;
  if (alone && /^timestamp$/i.test(name)) return { name: ['timestamp'], size: null, scale: null };
  return p.typeName();
}

function computation(p: Queries): NonNullable<ColumnDefinition['computed']> {
  const expression = p.expression();
  return { expression, persisted: p.take('PERSISTED') };
}

function properties(p: Queries, start: ColumnDefinition): ColumnDefinition {
  let read = start;
  for (;;) {
    const next = property(p, read);
    if (next === null) return read;
    read = next;
  }
}

function property(p: Queries, c: ColumnDefinition): ColumnDefinition | null {
  const refused = REFUSED.find((key) => p.is(key));
  if (refused !== undefined) p.refuse(`${refused} columns`);
  if (p.is('INDEX')) p.refuse('an index inside a column');
  if (p.take('COLLATE')) return { ...c, collation: p.identifier() };
  if (p.take('NULL')) return { ...c, nullable: true };
  if (p.take('NOT', 'NULL')) return { ...c, nullable: false };
  if (p.take('IDENTITY')) return { ...c, identity: identity(p) };
  if (p.take('NOT', 'FOR', 'REPLICATION') && c.identity !== null) {
    return { ...c, identity: { ...c.identity, notForReplication: true } };
  }
  if (p.take('ROWGUIDCOL')) return { ...c, rowGuidCol: true };
  if (p.take('SPARSE')) return { ...c, sparse: true };
  if (p.take('MASKED', 'WITH')) return { ...c, masked: p.bracketed(() => mask(p)) };
  const marks = mark(p);
  if (marks !== null) return { ...c, marks: { ...c.marks, ...marks } };
  if (!startsConstraint(p) && !p.is('REFERENCES')) return null;
  return { ...c, constraints: [...c.constraints, readConstraint(p, c.name)] };
}

function mark(p: Queries): ColumnMarks | null {
  if (p.take('FILESTREAM')) return { filestream: true };
  if (p.take('HIDDEN')) return { hidden: true };
  if (p.take('GENERATED', 'ALWAYS', 'AS', 'ROW')) return { period: p.expectAny(...ENDS) };
  if (!p.take('ENCRYPTED', 'WITH')) return null;
  return p.bracketed(() => {
    p.expect('COLUMN_ENCRYPTION_KEY', '=');
    p.identifier();
    p.expect(',', 'ENCRYPTION_TYPE', '=');
    const encrypted = p.expectAny(...ENCRYPTIONS);
    p.expect(',', 'ALGORITHM', '=');
    p.string();
    return { encrypted };
  });
}

function identity(p: Queries): Identity {
  const start = { seed: '1', increment: '1', notForReplication: false };
  if (!p.is('(')) return start;
  return p.bracketed(() => {
    const seed = p.integer();
    p.expect(',');
    return { ...start, seed, increment: p.integer() };
  });
}

function mask(p: Queries): string {
  p.expect('FUNCTION', '=');
  return p.string();
}
