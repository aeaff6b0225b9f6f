/**
 * Triggers on and off. Needed by test/conformance/sqlserver/catalogue-meaning: "belong to a table:
 * triggers".
 */
import { SqlError } from '../../backend.js';
import type { SessionContext } from '../../engine/catalog-seam.js';

/** ENABLE and DISABLE TRIGGER: shown in sys.triggers; a trigger's text never runs here. */
export async function enableTriggers(
  context: SessionContext,
  tableId: number,
  on: boolean,
  names: readonly string[] | null,
): Promise<void> {
  const rows = await context.query<{ id: number; name: string }>(
    "SELECT id, name FROM ms.objects WHERE parent = $1 AND type = 'TR'",
    [tableId],
  );
  const wanted =
    names === null
      ? rows
      : names.map((name) => {
          const found = rows.find((row) => row.name.toLowerCase() === name.toLowerCase());
          if (found !== undefined) return found;
          throw new SqlError(
            4920,
            `ALTER TABLE failed because trigger '${name}' on table does not exist.`,
          );
        });
  for (const { id } of wanted) {
    await context.query('UPDATE ms.modules SET disabled = $2 WHERE id = $1', [id, !on]);
  }
  context.catalogChanged();
}
