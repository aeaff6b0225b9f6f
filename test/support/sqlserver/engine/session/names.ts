/**
 * Looks up every name of a statement before it is printed, since printing does not wait
 * (test/conformance/sqlserver/partitions: "with RANGE RIGHT belongs to the partition on its right",
 * test/conformance/sqlserver/catalogue-meaning: "count: the value of a sequence before",
 * test/conformance/sqlserver/change-tracking: "has one row a key").
 */
import { SqlError } from '../../backend.js';
import type { Expression, Name, TableSource } from '../../tsql/ast.js';
import type { Catalog, RowSource, SessionContext, TableInfo } from '../catalog-seam.js';
import type { Names, PrintContext } from '../print/context.js';
import { StatementPrint } from '../print/context.js';
import { printExpression } from '../print/expression.js';
import type { Printed } from '../print/printed.js';

type RowSourceNode = Extract<TableSource, { kind: 'function' | 'changes' | 'changeVersion' }>;
type Partition = ReturnType<Names['partitionFunction']>;
type Sequence = ReturnType<Names['sequence']>;

interface Found {
  readonly tables: Map<string, Name>;
  readonly rowSources: RowSourceNode[];
  readonly partitions: Set<string>;
  readonly sequences: Map<string, Name>;
}

function key(name: Name): string {
  return name.join('\0').toLowerCase();
}

/** `variables`: for the arguments of functions in FROM. */
export async function resolveNames(
  node: unknown,
  catalog: Catalog,
  context: SessionContext,
  variables: StatementPrint['variables'],
): Promise<{ names: Names; print: StatementPrint }> {
  const found: Found = {
    tables: new Map(),
    rowSources: [],
    partitions: new Set(),
    sequences: new Map(),
  };
  collect(node, found);
  const tables = new Map<string, TableInfo>();
  for (const [at, name] of found.tables) {
    const table = await catalog.table(context, name);
    if (table !== undefined) tables.set(at, table);
  }
  const partitions = new Map<string, Partition>();
  for (const name of found.partitions) {
    partitions.set(name, await catalog.partitionFunction(context, name));
  }
  const sequences = new Map<string, Sequence>();
  for (const [at, name] of found.sequences) {
    const sequence = await catalog.sequence(context, name);
    if (sequence !== undefined) sequences.set(at, sequence);
  }
  const rowSources = new Map<TableSource, RowSource>();
  const names: Names = {
    table: (name) => tables.get(key(name)),
    rowSource: (source) => rowSources.get(source),
    partitionFunction: (name) => partitions.get(name) ?? missing(name),
    sequence: (name) => sequences.get(key(name)) ?? missing(name.join('.')),
    scalar: (name, args) => catalog.scalar(name, args, context.database),
  };
  const print = new StatementPrint(context.database, names, variables);
  for (const source of found.rowSources) {
    const args = argumentsOf(source).map((arg) => printArgument(arg, print));
    const rows = await catalog.rowSource(context, source, args);
    if (rows !== undefined) rowSources.set(source, rows);
  }
  return { names, print };
}

function missing(name: string): never {
  throw new SqlError(208, `Invalid object name '${name}'.`);
}

function argumentsOf(source: RowSourceNode): readonly Expression[] {
  switch (source.kind) {
    case 'function':
      return source.args;
    case 'changes':
      return [source.since];
    case 'changeVersion':
      return source.keyValues;
  }
}

function printArgument(expression: Expression, statement: StatementPrint): Printed {
  const context: PrintContext = { statement, scope: null, ctes: new Map(), top: false };
  return printExpression(expression, context);
}

/** Walks the whole tree; its nodes are plain objects told apart by `kind`. */
function collect(node: unknown, found: Found): void {
  if (typeof node !== 'object' || node === null || Buffer.isBuffer(node)) return;
  if (Array.isArray(node)) {
    for (const each of node) collect(each, found);
    return;
  }
  if (isNode(node)) note(node, found);
  for (const each of Object.values(node)) collect(each, found);
}

type Noted =
  | { readonly kind: 'table'; readonly name: Name }
  | { readonly kind: 'tableVariable'; readonly name: string }
  | RowSourceNode
  | { readonly kind: 'partitionNumber'; readonly function: string }
  | { readonly kind: 'nextValue'; readonly sequence: Name };

const NOTED = new Set([
  'table',
  'tableVariable',
  'function',
  'changes',
  'changeVersion',
  'partitionNumber',
  'nextValue',
]);

function isNode(node: object): node is Noted {
  return 'kind' in node && typeof node.kind === 'string' && NOTED.has(node.kind);
}

function note(node: Noted, found: Found): void {
  switch (node.kind) {
    case 'table':
      found.tables.set(key(node.name), node.name);
      return;
    case 'tableVariable':
      found.tables.set(key([node.name]), [node.name]);
      return;
    case 'partitionNumber':
      found.partitions.add(node.function);
      return;
    case 'nextValue':
      found.sequences.set(key(node.sequence), node.sequence);
      return;
    default:
      found.rowSources.push(node);
  }
}
