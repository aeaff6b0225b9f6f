import type { TableModel } from '../engines/contract/schema.js';

export type ResolvedMode = 'cdc' | 'incremental' | 'full';

export interface ModeChoice {
  readonly mode: ResolvedMode;
  readonly reason: string;
}

/**
 * What `mode: auto` and `mode: smart` mean for a table; the others are taken at their word. Pure;
 * whether the source can serve the choice is for `check` to say.
 */
export function chooseMode(
  wanted: string,
  table: Pick<TableModel, 'key'>,
  options: { readonly sharedLog: boolean; readonly watermarkColumn: string | undefined },
): ModeChoice {
  switch (wanted) {
    case 'full':
      return { mode: 'full', reason: 'asked for' };
    case 'incremental':
    case 'smart':
      return { mode: 'incremental', reason: 'asked for' };
    case 'cdc':
    case 'changeTracking':
      return { mode: 'cdc', reason: 'asked for' };
    default:
      if (table.key === null) {
        return { mode: 'full', reason: 'it has no key by which a change could find its row' };
      }
      if (options.sharedLog) return { mode: 'cdc', reason: "the source's log carries its changes" };
      return options.watermarkColumn === undefined
        ? { mode: 'full', reason: 'the source offers no change feed for it' }
        : { mode: 'incremental', reason: `its column ${options.watermarkColumn} grows` };
  }
}
