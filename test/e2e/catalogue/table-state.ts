/** What a target says of one table, and whether it holds what the source holds. */
import { waitFor } from '../../support/wait-for.js';
import type { Scene } from '../support/scene.js';

export interface TableState {
  readonly slug: string;
  readonly epoch: string;
  readonly phase: string;
  readonly fault_code: string | null;
  readonly fault_message: string | null;
  readonly source_fingerprint: string;
}

/** A table with a key, a number, and fifty rows. */
export const numbered = (table: string): string => `
  create table ${table} (id int primary key, v int);
  insert into ${table} select g, g from generate_series(1, 50) g;`;

/** Sluice may have been faster, and have put it back for the new copy that it needs. */
export const publishAgain = (table: string): string => `
  do $$ begin alter publication sluice_shop_to0 add table ${table};
  exception when duplicate_object then null; end $$`;

export async function stateOf(scene: Scene, table: string): Promise<TableState | undefined> {
  const [row] = await scene.targetSql<TableState & Record<string, unknown>>(
    `select slug, epoch, phase, fault_code, fault_message, source_fingerprint
       from sluice.table_state where source_table = '${table}'`,
  );
  return row;
}

/** Both sides are the same and the table streams without a fault. */
export async function expectEqual(scene: Scene, table: string, timeoutMs = 60_000): Promise<void> {
  let sides: readonly string[] = [];
  try {
    await waitFor(
      `${table} is equal and streams`,
      async () => {
        const [from, to] = [
          await scene.fingerprint('source', table, 'id'),
          await scene.fingerprint(0, table, 'id'),
        ];
        const state = await stateOf(scene, table);
        sides = [from, to, state?.phase ?? '', state?.fault_code ?? ''];
        return from === to && state?.phase === 'streaming' && state.fault_code === null;
      },
      { timeoutMs, intervalMs: 200 },
    );
  } catch (error) {
    throw new Error([...sides, ...(await story(scene, table))].join('\n'), { cause: error });
  }
}

/** What the target knows of a table, for the message of a failure. */
async function story(scene: Scene, table: string): Promise<string[]> {
  const events = await scene.targetSql<{ line: string }>(
    `select kind || ': ' || message as line from sluice.event join sluice.table_state using (table_id)
      where source_table = '${table}' order by event_id`,
  );
  const columns = await scene.targetSql<{ line: string }>(
    `select string_agg(column_name || ' ' || data_type, ', ' order by ordinal_position) as line
       from information_schema.columns where table_schema = 'public' and table_name = '${table}'`,
  );
  return [...events, ...columns].map(({ line }) => line);
}
