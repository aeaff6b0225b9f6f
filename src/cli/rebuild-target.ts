/**
 * A target whose database was dropped, or made anew and empty, knows nothing of its tables. A resync
 * of it begins there: the database (where the configuration lets Sluice make it), the state, and
 * every table as a new one. The other targets of the pipeline are let be.
 */
import { reconcile } from '../session/reconcile.js';
import type { CliContext } from './context.js';
import type { SelectedPipeline } from './select.js';
import { startedState } from './started-state.js';
import { whoAmI } from './table-command.js';

/** True when there was one. Throws DATABASE_MISSING where Sluice may not make it. */
export async function rebuildMissing(
  cli: CliContext,
  { name, targets, config }: SelectedPipeline,
): Promise<boolean> {
  return cli.use(name, 'resync', async (session) => {
    const missing: string[] = [];
    const others = Object.keys(config.targets).filter((target) => !targets.includes(target));
    let started = others.length > 0;
    for (const target of targets) {
      if ((await startedState(session, target)) === null) missing.push(target);
      else started = true;
    }
    // One that was never started is started by `start`.
    if (missing.length === 0 || !started) return false;
    cli.note(`${missing.join(', ')} of ${name} knows no tables: they are set up anew.`);
    await reconcile(session, { attributes: false, worker: whoAmI(), detach: 'refuse' });
    return true;
  });
}
