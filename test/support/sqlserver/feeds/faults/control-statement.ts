import type { Fault } from './fault-plan.js';
import { fault } from './fault-plan.js';

/** `EXEC standin.fault N'{json}'` arms a fault, `EXEC standin.clear_faults` forgets all of them. */
const ARM = /^\s*exec\s+standin\.fault\s+N?'((?:[^']|'')*)'\s*;?\s*$/i;
const CLEAR = /^\s*exec\s+standin\.clear_faults\s*;?\s*$/i;

/** What a statement of the stand-in's own asks for; undefined for everything else. */
export function controlStatement(text: string): Fault | 'clear' | undefined {
  if (CLEAR.test(text)) return 'clear';
  const json = ARM.exec(text)?.[1];
  return json === undefined ? undefined : fault.parse(JSON.parse(json.replaceAll("''", "'")));
}
