import { createHash } from 'node:crypto';
import type { PgColumn, PgRelation } from './model.js';
import { identityIndex } from './table-key.js';

/**
 * JSON of all that makes rows of a table mean something else: identity and files of each member,
 * columns, bounds, replica identity. Not what leaves rows as they are (indexes, comments).
 */
export function fingerprintOf(members: readonly PgRelation[]): string {
  return JSON.stringify(members.map(memberPrint));
}

function memberPrint(member: PgRelation): unknown {
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
  const hash = value === null ? null : createHash('sha256').update(value).digest('base64url');
  return [
    column.attnum,
    column.name,
    column.type,
    column.notNull,
    column.generated,
    hash?.slice(0, 16) ?? null,
    column.writer,
  ];
}
