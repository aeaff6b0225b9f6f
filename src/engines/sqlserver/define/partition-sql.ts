import type { MsPartitionFunction, MsPartitionScheme } from '../catalog/object-model.js';
import { typeText } from '../catalog/type-text.js';
import { quoteIdent, quoteLiteral } from '../sql/quote.js';
import type { TargetFacts } from './target-facts.js';
import { filegroupOn } from './target-facts.js';

export function createFunction(made: MsPartitionFunction, facts: TargetFacts): string {
  const values = made.boundaries.map((boundary) => boundaryLiteral(made, boundary)).join(', ');
  const isDefault = made.collation === null || made.collation === facts.collation;
  const collation = isDefault ? '' : ` COLLATE ${made.collation}`;
  const side = made.isRight ? 'RIGHT' : 'LEFT';
  return (
    `CREATE PARTITION FUNCTION ${quoteIdent(made.name)} (${typeText(made.type)}${collation}) ` +
    `AS RANGE ${side} FOR VALUES (${values})`
  );
}

/** A filegroup that the target does not have becomes PRIMARY. */
export function createScheme(scheme: MsPartitionScheme, facts: TargetFacts): string {
  const places = scheme.filegroups.map((name) => filegroupOn(facts, name));
  const head = `CREATE PARTITION SCHEME ${quoteIdent(scheme.name)} AS PARTITION ${quoteIdent(scheme.function.name)}`;
  const [first] = places;
  if (first !== undefined && places.every((place) => place === first)) {
    return `${head} ALL TO (${quoteIdent(first)})`;
  }
  return `${head} TO (${places.map(quoteIdent).join(', ')})`;
}

/**
 * NEXT USED is consumed by each SPLIT, for every scheme of the function
 * (test/conformance/sqlserver/partitions: "needs NEXT USED before each SPLIT").
 */
export function splitStatements(
  split: MsPartitionFunction,
  schemes: readonly { readonly name: string; readonly filegroup: string }[],
  boundary: string | null,
): string[] {
  const used = schemes.map(
    ({ name, filegroup }) =>
      `ALTER PARTITION SCHEME ${quoteIdent(name)} NEXT USED ${quoteIdent(filegroup)}`,
  );
  const value = boundaryLiteral(split, boundary);
  return [...used, `ALTER PARTITION FUNCTION ${quoteIdent(split.name)}() SPLIT RANGE (${value})`];
}

const BARE = new Set([
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'decimal',
  'numeric',
  'bit',
  'money',
]);
const BYTES = new Set(['binary', 'varbinary']);

/** A boundary as a constant of a type that converts to the function's without loss. */
export function boundaryLiteral(partitioned: MsPartitionFunction, boundary: string | null): string {
  if (boundary === null) return 'NULL';
  const { name } = partitioned.type;
  if (name === 'float' || name === 'real')
    return `${boundary}${boundary.includes('e') ? '' : 'e0'}`;
  return BARE.has(name) || BYTES.has(name) || name === 'smallmoney'
    ? boundary
    : quoteLiteral(boundary);
}

/** Both divide all values in the same way. */
export function sameFunction(a: MsPartitionFunction, b: MsPartitionFunction): boolean {
  return (
    a.isRight === b.isRight &&
    typeText(a.type) === typeText(b.type) &&
    JSON.stringify(a.boundaries) === JSON.stringify(b.boundaries)
  );
}
