import type { TableName } from '../../../core/names.js';
import type { PgSequence } from '../catalog/object-model.js';
import { quoteQualified } from '../sql/quote.js';

export function createSequence(sequence: PgSequence, name: TableName): string {
  const created = quoteQualified(name.schema, name.table);
  return `CREATE SEQUENCE IF NOT EXISTS ${created} AS ${sequence.type} ${sequenceOptions(sequence)}`;
}

/** The clause of an identity column; its sequence has the type of the column. */
export function identityClause(
  identity: 'always' | 'by default',
  sequence: PgSequence | undefined,
  name: TableName | undefined,
): string {
  const clause = `GENERATED ${identity === 'always' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`;
  if (sequence === undefined || name === undefined) return clause;
  const called = `SEQUENCE NAME ${quoteQualified(name.schema, name.table)}`;
  return `${clause} (${called} ${sequenceOptions(sequence)})`;
}

function sequenceOptions(sequence: PgSequence): string {
  const { increment, min, max, start, cache, cycle } = sequence;
  return [
    `INCREMENT BY ${increment}`,
    `MINVALUE ${min}`,
    `MAXVALUE ${max}`,
    `START WITH ${start}`,
    `CACHE ${cache}`,
    cycle ? 'CYCLE' : 'NO CYCLE',
  ].join(' ');
}
