import type { MsSequence } from '../catalog/object-model.js';
import { typeText } from '../catalog/type-text.js';
import { quoteQualified } from '../sql/quote.js';

export function createSequence(sequence: MsSequence): string {
  const { schema, name, type, start, increment, minimum, maximum, cycling, cache } = sequence;
  const size = cache === null ? 'NO CACHE' : cache === 0 ? 'CACHE' : `CACHE ${String(cache)}`;
  return [
    `CREATE SEQUENCE ${quoteQualified(schema, name)} AS ${typeText(type)}`,
    `START WITH ${start} INCREMENT BY ${increment}`,
    `MINVALUE ${minimum} MAXVALUE ${maximum}`,
    cycling ? 'CYCLE' : 'NO CYCLE',
    size,
  ].join(' ');
}
