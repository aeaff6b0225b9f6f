import type { ObjectChange } from '../../contract/schema.js';
import type { PgColumn } from '../catalog/model.js';
import { nativeTable } from '../catalog/native.js';
import { readTables } from '../catalog/read-tables.js';
import { quoteIdent, quoteQualified } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';
import { attempt } from '../../attempt.js';
import { defaultSql } from './column-sql.js';
import { SHORT_LOCK } from './foreign-keys.js';
import type { MappedTables } from './mapped-tables.js';
import type { OwnedObjects } from './owned-objects.js';
import { ownedTable } from './owned-objects.js';
import type { Placement } from './placement.js';
import { regclassLiteral } from './placement.js';

/** Defaults that take numbers from a sequence of another table: set once that one is there. */
export async function finishDefaults(
  session: SqlSession,
  tables: MappedTables,
  owned: OwnedObjects,
): Promise<ObjectChange[]> {
  const changes: ObjectChange[] = [];
  for (const { relation, placement, place } of tables.all()) {
    const waiting = relation.columns.filter(
      (column) => column.sequences.length > 0 && defaultSql(column, placement) === null,
    );
    if (waiting.length === 0 || owned.get(ownedTable(placement.target)) === undefined) continue;
    const [present] = await readTables(session, { only: [place], requires: false });
    if (present === undefined) continue;
    const { root } = nativeTable(present);
    for (const column of waiting) {
      const found = root.columns.find(({ name }) => name === column.name);
      const value = borrowedDefault(column, placement, tables);
      if (found?.defaultText !== null || value === null) continue;
      const table = quoteQualified(place.schema, place.table);
      const called = quoteIdent(column.name);
      const name = { kind: 'default', object: `${table}.${called}` };
      const work = async (): Promise<ObjectChange[]> => {
        await session.transaction(async (query) => {
          await query(SHORT_LOCK);
          await query(`ALTER TABLE ONLY ${table} ALTER COLUMN ${called} SET DEFAULT ${value}`);
        });
        return [{ ...name, action: 'altered', message: `The default of ${name.object} was set.` }];
      };
      changes.push(...(await attempt(name, work)).changes);
    }
  }
  return changes;
}

function borrowedDefault(
  column: PgColumn,
  placement: Placement,
  tables: MappedTables,
): string | null {
  let text = column.defaultText;
  for (const use of column.sequences) {
    const place = placement.sequenceUse(use) ?? placeOfOwned(use.oid, tables);
    if (place === null) return null;
    text = text?.replaceAll(use.literal, () => regclassLiteral(place)) ?? null;
  }
  return text;
}

function placeOfOwned(oid: string, tables: MappedTables) {
  for (const placement of tables.placements) {
    const sequence = placement.table.ownedSequences.find((owned) => owned.oid === oid);
    if (sequence !== undefined) return placement.sequence(sequence);
  }
  return null;
}
