import type { PgDomain } from '../catalog/object-model.js';
import { quoteIdent } from '../sql/quote.js';

/**
 * What makes a domain of the target allow what the source's allows. Values that are there already
 * are the source's own, so no table is read for a new check, and NOT NULL is only ever taken away.
 * Null where the domain is over another type. Pure.
 */
export function alterDomain(name: string, wanted: PgDomain, found: PgDomain): string[] | null {
  if (wanted.base !== found.base || wanted.collation !== found.collation) return null;
  const alter = `ALTER DOMAIN ${name}`;
  const former = new Map(found.constraints.map((check) => [check.name, valid(check.definition)]));
  const now = new Map(wanted.constraints.map((check) => [check.name, valid(check.definition)]));
  const gone = [...former].filter(([check, text]) => now.get(check) !== text);
  const added = [...now].filter(([check, text]) => former.get(check) !== text);
  const value = wanted.defaultText;
  return [
    ...gone.map(([check]) => `${alter} DROP CONSTRAINT ${quoteIdent(check)}`),
    ...added.map(
      ([check, text]) => `${alter} ADD CONSTRAINT ${quoteIdent(check)} ${text} NOT VALID`,
    ),
    ...(found.notNull && !wanted.notNull ? [`${alter} DROP NOT NULL`] : []),
    ...(value === found.defaultText
      ? []
      : [value === null ? `${alter} DROP DEFAULT` : `${alter} SET DEFAULT ${value}`]),
  ];
}

function valid(definition: string): string {
  return definition.replace(/ NOT VALID$/, '');
}
