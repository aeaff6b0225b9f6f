/** What ends the quarantine of a table; pure. */
import { formatTableName } from '../config/table-name.js';
import type { TableRow } from '../state/store.js';

export function faultRemedy({ source, pipeline, faultCode }: TableRow): string {
  const name = formatTableName(source);
  if (faultCode === 'TABLE_MISSING') {
    return (
      `Where the source lacks it, bring it back and run sluice retry ${name}, or let it go: ` +
      `sluice apply --pipeline ${pipeline} --confirm. Where the target lacks it: sluice resync ${name}.`
    );
  }
  return `Mend the cause and run sluice retry ${name}; or copy it anew: sluice resync ${name}.`;
}
