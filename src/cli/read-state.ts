import type { StateStore } from '../state/store.js';
import type { CliContext } from './context.js';
import { startedState } from './started-state.js';
import { selectPipelines } from './select.js';

export interface StateOf {
  readonly pipeline: string;
  readonly target: string;
  readonly state: StateStore;
}

/** Ask the `sluice` schema of every selected target; those that have none yet add nothing. */
export async function eachState<T>(
  cli: CliContext,
  purpose: string,
  ask: (of: StateOf) => Promise<readonly T[]>,
): Promise<T[]> {
  const all: T[] = [];
  for (const selected of selectPipelines((await cli.load()).config, cli.options)) {
    await cli.use(selected.name, purpose, async (session) => {
      for (const target of selected.targets) {
        const state = await startedState(session, target);
        if (state === null) continue;
        all.push(...(await ask({ pipeline: selected.name, target, state })));
      }
    });
  }
  return all;
}
