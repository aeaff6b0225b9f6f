import { z } from 'zod';
import { SluiceError } from '../../../core/errors.js';
import type { TableModel } from '../../contract/schema.js';
import { MsSchema } from '../catalog/read-schema.js';

const anySchema = z.object({ tables: z.array(z.custom<TableModel>(isTableModel)) });

/**
 * The tables of a source's schema, of whatever engine: each model says in its neutral form what any
 * target can make of it. Throws UNEXPECTED for what is no schema.
 */
export function sourceTables(source: unknown): readonly TableModel[] {
  if (source instanceof MsSchema) return source.tables;
  const parsed = anySchema.safeParse(source);
  if (parsed.success) return parsed.data.tables;
  throw new SluiceError('UNEXPECTED', 'The schema of the source has no tables in it.', {
    remedy: 'Read it again from the source.',
  });
}

function isTableModel(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'name' in value && 'neutral' in value;
}
