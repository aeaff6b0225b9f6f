/** Switches that SQL Server does not have: they make it late, stopped or forgetful for a test. */
import { Arguments } from '../../catalog/procedures/arguments.js';
import type { ProcedureCall, SessionContext } from '../../engine/catalog-seam.js';

const DECLARED = ['@running', '@delay_ms', '@idle_ms', '@omits_unchanged'];

/** EXEC standin.capture @running = 0, @delay_ms = 500 …: the capture job of this database. */
export async function setCapture(context: SessionContext, call: ProcedureCall): Promise<void> {
  const args = new Arguments('standin.capture', call, DECLARED);
  await context.query(
    `UPDATE feed.captured AS c SET running = coalesce($2::integer <> 0, c.running),
       delay_ms = coalesce($3::integer, c.delay_ms), idle_ms = coalesce($4::integer, c.idle_ms),
       omits_unchanged = coalesce($5::integer <> 0, c.omits_unchanged)
     WHERE c.db = $1`,
    [context.database.id, ...DECLARED.map((name) => args.text(name))],
  );
}

/** EXEC standin.scan: what is due is captured before the answer. */
export async function scanNow(context: SessionContext, _call: ProcedureCall): Promise<void> {
  for (;;) {
    const [row] = await context.query<{ count: number }>('SELECT feed.scan($1) AS count', [
      context.database.id,
    ]);
    if ((row?.count ?? 0) === 0) return;
  }
}

/** EXEC standin.routing @on = 1: sessions with read-only intent are on a secondary of this database. */
export async function setRouting(context: SessionContext, call: ProcedureCall): Promise<void> {
  const args = new Arguments('standin.routing', call, ['@on']);
  await context.query('UPDATE ms.databases SET routed = $2::integer <> 0 WHERE id = $1', [
    context.database.id,
    args.required('@on'),
  ]);
}

/** EXEC standin.clean_tracking @version = 12: versions up to there are forgotten. */
export async function cleanTracking(context: SessionContext, call: ProcedureCall): Promise<void> {
  const args = new Arguments('standin.clean_tracking', call, ['@version']);
  await context.query('SELECT feed.clean_tracking($1, $2::bigint)', [
    context.database.id,
    args.required('@version'),
  ]);
}
