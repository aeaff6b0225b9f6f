import type { NeutralType } from '../../../core/neutral-type.js';
import { quoteIdent } from '../sql/quote.js';

/**
 * Expressions whose binary form is a value's neutral bytes: `text` and `bytea` are sent as they
 * are. The session writes ISO dates, in UTC, and floats in full (session-settings.ts).
 */
export function selectExpression(column: string, type: NeutralType): string {
  const name = quoteIdent(column);
  switch (type.kind) {
    case 'boolean':
      return `case when ${name} then '1' when not ${name} then '0' end::text`;
    case 'binary':
      return name;
    case 'timestamp':
      return type.zone === 'none'
        ? `${name}::text`
        : `(${name} at time zone 'UTC')::text || ' +00:00'`;
    default:
      return `${name}::text`;
  }
}
