import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import type {
  PgCollation,
  PgDomain,
  PgObject,
  PgRange,
  PgRoutine,
} from '../catalog/object-model.js';
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/quote.js';
import { commentOn } from './comment-sql.js';
import { createSequence } from './sequence-sql.js';

/** How sluice.owned and COMMENT call an object. */
export interface ObjectName {
  readonly kind: string;
  readonly object: string;
}

/** `place` differs from the source's name only for a sequence. */
export function objectName(object: PgObject, place: TableName): ObjectName {
  const name = quoteQualified(place.schema, place.table);
  switch (object.kind) {
    case 'extension':
      return { kind: 'extension', object: quoteIdent(object.name) };
    case 'function':
    case 'procedure':
      return { kind: object.kind, object: `${name}(${object.arguments})` };
    case 'collation':
    case 'sequence':
    case 'domain':
      return { kind: object.kind, object: name };
    default:
      return { kind: 'type', object: name };
  }
}

/**
 * The statements that make an object, its comment included.
 *
 * @throws SluiceError TYPE_UNSUPPORTED for what the catalogue alone does not describe: types and
 * routines in C, aggregates, ranges with a canonical function
 */
export function createObject(object: PgObject, place: TableName): string[] {
  const { kind, object: name } = objectName(object, place);
  const comment = kind === 'extension' ? [] : commentOn(kind, name, object.comment);
  return [definitionOf(object, place), ...comment];
}

function definitionOf(object: PgObject, place: TableName): string {
  const name = quoteQualified(place.schema, place.table);
  switch (object.kind) {
    case 'extension':
      return `CREATE EXTENSION IF NOT EXISTS ${quoteIdent(object.name)} SCHEMA ${quoteIdent(object.schema)} CASCADE`;
    case 'enum':
      return `CREATE TYPE ${name} AS ENUM (${object.labels.map(quoteLiteral).join(', ')})`;
    case 'composite':
      return `CREATE TYPE ${name} AS (${object.attributes.map(attributeSql).join(', ')})`;
    case 'domain':
      return domainSql(object, name);
    case 'range':
      return rangeSql(object, name);
    case 'collation':
      return collationSql(object, name);
    case 'sequence':
      return createSequence(object, place);
    case 'function':
    case 'procedure':
      return routineSql(object);
    case 'other type':
      throw unsupported(`The type ${object.schema}.${object.name} is written in C.`);
  }
}

function attributeSql(attribute: { name: string; type: string; collation: string | null }): string {
  const collation = attribute.collation === null ? '' : ` COLLATE ${attribute.collation}`;
  return `${quoteIdent(attribute.name)} ${attribute.type}${collation}`;
}

function domainSql(domain: PgDomain, name: string): string {
  const parts = [`CREATE DOMAIN ${name} AS ${domain.base}`];
  if (domain.collation !== null) parts.push(`COLLATE ${domain.collation}`);
  if (domain.defaultText !== null) parts.push(`DEFAULT ${domain.defaultText}`);
  if (domain.notNull) parts.push('NOT NULL');
  for (const { name: check, definition } of domain.constraints) {
    // CREATE DOMAIN knows no NOT VALID: values that are there already are the source's own.
    const valid = definition.replace(/ NOT VALID$/, '');
    parts.push(`CONSTRAINT ${quoteIdent(check)} ${valid}`);
  }
  return parts.join(' ');
}

function rangeSql(range: PgRange, name: string): string {
  if (range.canonical !== null) {
    throw unsupported(`The range type ${range.schema}.${range.name} has a canonical function.`);
  }
  const options = [
    `SUBTYPE = ${range.subtype}`,
    `SUBTYPE_OPCLASS = ${range.opclass}`,
    ...(range.collation === null ? [] : [`COLLATION = ${range.collation}`]),
    ...(range.difference === null ? [] : [`SUBTYPE_DIFF = ${range.difference}`]),
    `MULTIRANGE_TYPE_NAME = ${range.multirange}`,
  ];
  return `CREATE TYPE ${name} AS RANGE (${options.join(', ')})`;
}

function collationSql(collation: PgCollation, name: string): string {
  const { provider, locale, collate, ctype, rules, deterministic } = collation;
  const options = [`provider = ${provider}`];
  if (locale !== null) options.push(`locale = ${quoteLiteral(locale)}`);
  if (locale === null && collate !== null) {
    // ICU kept its locale in this column before version 15.
    if (provider === 'libc') {
      options.push(`lc_collate = ${quoteLiteral(collate)}`);
      options.push(`lc_ctype = ${quoteLiteral(ctype ?? collate)}`);
    } else options.push(`locale = ${quoteLiteral(collate)}`);
  }
  if (rules !== null) options.push(`rules = ${quoteLiteral(rules)}`);
  if (!deterministic) options.push('deterministic = false');
  return `CREATE COLLATION ${name} (${options.join(', ')})`;
}

function routineSql(routine: PgRoutine): string {
  if (routine.definition !== null) return routine.definition;
  throw unsupported(
    `${routine.schema}.${routine.name}(${routine.arguments}) is written in C or an aggregate.`,
  );
}

function unsupported(message: string): SluiceError {
  return new SluiceError('TYPE_UNSUPPORTED', `${message} Sluice cannot make it on a target.`, {
    remedy: 'Create it on the target by hand, under the same name; Sluice then uses that one.',
  });
}
