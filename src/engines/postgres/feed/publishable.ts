import { SluiceError } from '../../../core/errors.js';
import type { TableName } from '../../../core/names.js';
import { displayName, sameTable } from '../../../core/names.js';
import { quoteQualified } from '../sql/quote.js';
import type { Query } from '../sql-session.js';
import { READ_PUBLISHABLE } from './feed-sql.js';

interface PublishableRow extends TableName {
  readonly kind: string;
  readonly is_partition: boolean;
  readonly owner: string;
  readonly owned: boolean;
  readonly not_logged: string | null;
  readonly without_identity: string | null;
  /** Columns of the identity whose values the log does not have. */
  readonly generated: string | null;
}

const KINDS: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  S: 'a sequence',
};

/**
 * A published table without a usable replica identity makes its users' UPDATE and DELETE fail, so
 * none gets in. Throws SluiceError TABLE_MISSING, KEY_MISSING or TYPE_UNSUPPORTED.
 */
export async function assertPublishable(
  query: Query,
  tables: readonly TableName[],
  sendsGenerated: boolean,
): Promise<void> {
  const rows = await query<PublishableRow & Record<string, unknown>>(READ_PUBLISHABLE, [
    tables.map((table) => table.schema),
    tables.map((table) => table.table),
    sendsGenerated,
  ]);
  for (const table of tables) {
    const row = rows.find((candidate) => sameTable(candidate, table));
    if (row === undefined) {
      throw new SluiceError(
        'TABLE_MISSING',
        `The table ${displayName(table)} is not in the source.`,
        {
          remedy: 'Correct its name in the configuration; case matters.',
        },
      );
    }
    assertOne(table, row);
  }
}

function assertOne(table: TableName, row: PublishableRow): void {
  const name = displayName(table);
  const kind = KINDS[row.kind];
  if (kind !== undefined) {
    throw new SluiceError('TYPE_UNSUPPORTED', `${name} is ${kind}; the log has no changes of it.`, {
      remedy: 'Leave it out of the tables that follow changes.',
    });
  }
  if (row.not_logged !== null) {
    throw new SluiceError(
      'TYPE_UNSUPPORTED',
      `${name} cannot follow changes: ${row.not_logged} is not logged or is a foreign table.`,
      { remedy: `Run: ALTER TABLE ${row.not_logged} SET LOGGED; or leave the table out.` },
    );
  }
  if (row.without_identity !== null) {
    throw new SluiceError(
      'KEY_MISSING',
      `${name} has no key by which the log names its rows (${row.without_identity}); published, ` +
        'its UPDATE and DELETE would fail.',
      {
        remedy:
          `Add a primary key (not deferrable), or run: ALTER TABLE ${quoteQualified(row.schema, row.table)}` +
          ' REPLICA IDENTITY USING INDEX <a unique index on NOT NULL columns>; on a partitioned table also on each partition.',
      },
    );
  }
  if (row.generated !== null) {
    throw new SluiceError(
      'KEY_MISSING',
      `${name} cannot follow changes: generated columns belong to what names its rows (${row.generated}), and the log does not have them.`,
      {
        remedy:
          `Run: ALTER TABLE ${quoteQualified(row.schema, row.table)} REPLICA IDENTITY USING INDEX ` +
          '<a unique index on NOT NULL columns, none of them generated>; or choose mode full.',
      },
    );
  }
}
