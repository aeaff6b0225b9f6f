import type { MsAliasType, MsObject } from '../catalog/object-model.js';
import { typeText } from '../catalog/type-text.js';
import { quoteQualified } from '../sql/quote.js';
import { createOrAlter } from './module-text.js';
import type { ObjectName } from './owned-objects.js';
import { createSequence } from './sequence-sql.js';

export function objectName(object: MsObject): ObjectName {
  return { kind: object.kind, object: quoteQualified(object.schema, object.name) };
}

/** The statement that makes an object; null where its text is not to be had. */
export function createObject(object: MsObject): string | null {
  switch (object.kind) {
    case 'type':
      return createType(object);
    case 'sequence':
      return createSequence(object);
    default:
      return createOrAlter(object, object, []);
  }
}

function createType(type: MsAliasType): string {
  const nullable = type.nullable ? 'NULL' : 'NOT NULL';
  return `CREATE TYPE ${quoteQualified(type.schema, type.name)} FROM ${typeText(type.base)} ${nullable}`;
}
