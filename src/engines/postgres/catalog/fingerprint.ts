import { createHash } from 'node:crypto';
import { isConstant } from '../define/constant-default.js';
import type { PgColumn, PgRelation } from './model.js';
import type { PgObject } from './object-model.js';
import { identityIndex } from './table-key.js';

/** Before the hash of a default that may give another value at another time, or on another server. */
export const VARIES = '~';

/**
 * JSON of all that makes rows of a table mean something else: identity and files of each member,
 * columns, bounds, replica identity, and what the types of users that it needs may hold. Not what
 * leaves rows as they are (indexes, comments).
 */
export function fingerprintOf(
  members: readonly PgRelation[],
  requires: readonly PgObject[] = [],
): string {
  const types = requires.flatMap(typePrint);
  const prints = members.map(memberPrint);
  const [root, ...others] = prints;
  if (root === undefined || types.length === 0) return JSON.stringify(prints);
  return JSON.stringify([{ ...root, types: shortHash(JSON.stringify(types)) }, ...others]);
}

function typePrint(object: PgObject): unknown[] {
  const { kind, schema, name } = object;
  if (kind === 'enum') return [[kind, schema, name, object.labels]];
  if (kind === 'composite') return [[kind, schema, name, object.attributes]];
  if (kind === 'domain') return [[kind, schema, name, object.notNull, object.constraints]];
  return [];
}

function memberPrint(member: PgRelation): Record<string, unknown> {
  return {
    oid: member.oid,
    // A partitioned table has no file; a foreign one neither.
    file: member.fileNode,
    persistence: member.persistence,
    key: member.partitionKey,
    bound: member.partitionBound,
    identity: [member.replicaIdentity, identityIndex(member)?.columns ?? null],
    columns: member.columns.map(columnPrint),
  };
}

function columnPrint(column: PgColumn): unknown[] {
  const value = column.defaultText;
  return [
    column.attnum,
    column.name,
    column.type,
    column.notNull,
    column.generated,
    value === null ? null : `${isConstant(value) ? '' : VARIES}${shortHash(value)}`,
    column.writer,
  ];
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
