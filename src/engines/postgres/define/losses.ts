import { displayName } from '../../../core/names.js';
import type { Finding, TableModel } from '../../contract/schema.js';

/**
 * What PostgreSQL cannot keep of a column although every value goes in: `timestamptz` is a moment,
 * and the offset that it was written with is gone.
 */
export function lossesOf({ name, neutral }: TableModel): Finding[] {
  const subject = displayName(name);
  return neutral.columns
    .filter(({ type }) => type?.kind === 'timestamp' && type.zone === 'offset')
    .map((column) => ({
      severity: 'warning',
      code: 'table.offset-lost',
      subject,
      message: `The column ${column.name} of ${subject} (${column.sourceType}) becomes timestamptz: the moment is kept, the offset that it was written with is not.`,
      remedy:
        'Nothing is to be done where moments are enough; else keep the offset in a column of its own on the source.',
    }));
}
