import type { Name, TypeName } from './ast.js';
import type { Cursor } from './cursor.js';

/** The standard's names for types that SQL Server calls otherwise. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['integer', 'int'],
  ['dec', 'decimal'],
  ['numeric', 'decimal'],
  ['character', 'char'],
  ['rowversion', 'timestamp'],
]);

const VARYING: ReadonlyMap<string, string> = new Map([
  ['char', 'varchar'],
  ['nchar', 'nvarchar'],
  ['binary', 'varbinary'],
]);

const SYSTEM_TYPES: ReadonlySet<string> = new Set(
  `bit tinyint smallint int bigint decimal money smallmoney float real date time datetime datetime2
  smalldatetime datetimeoffset uniqueidentifier char varchar nchar nvarchar text ntext binary
  varbinary image xml sql_variant timestamp hierarchyid geography geometry sysname`.split(/\s+/),
);

/** `[schema.]name [(size [, scale])]`; the names of system types come in lower case. */
export function readTypeName(c: Cursor): TypeName {
  const name = typeWords(c);
  if (!c.take('(')) return { name, size: null, scale: null };
  const size = c.take('MAX') ? 'max' : sizeOf(c);
  const scale = c.take(',') ? Number(c.integer()) : null;
  c.expect(')');
  return { name, size, scale };
}

function sizeOf(c: Cursor): number {
  if (c.isIdentifier()) c.refuse('xml bound to a schema collection');
  return Number(c.integer());
}

function typeWords(c: Cursor): Name {
  if (c.take('DOUBLE', 'PRECISION')) return ['float'];
  const national = c.take('NATIONAL');
  if (c.is('CURSOR')) c.refuse('cursors');
  if (c.is('TABLE')) c.refuse('parameters and results of type table');
  const written = c.name();
  const only = written.length === 1 ? written[0] : undefined;
  if (only === undefined) return written;
  const lower = only.toLowerCase();
  const type = SYNONYMS.get(lower) ?? (SYSTEM_TYPES.has(lower) ? lower : only);
  const base = national ? `n${type}` : type;
  return [c.take('VARYING') ? (VARYING.get(base) ?? c.fail()) : base];
}
