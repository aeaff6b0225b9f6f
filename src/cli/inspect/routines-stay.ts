import type { Finding } from '../../engines/contract/schema.js';

export const ROUTINES_STAY = 'target.routines-stay';

interface Ends {
  /** Names of the engines. */
  readonly from: string;
  readonly to: string;
  readonly target: string;
}

/** Views and routines are texts in the language of their engine, so only tables go to another one. */
export function routinesStay(
  { from, to, target }: Ends,
  routines: { readonly views: boolean; readonly functions: boolean },
): Finding[] {
  if (from === to || (!routines.views && !routines.functions)) return [];
  return [
    {
      severity: 'info',
      code: ROUTINES_STAY,
      subject: target,
      message: `Views, functions and procedures do not follow from ${from} to ${to}: they are written in the language of their engine.`,
      remedy: 'Write them for the target by hand, or set routines to false to hear no more of it.',
    },
  ];
}
