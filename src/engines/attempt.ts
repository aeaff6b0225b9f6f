import { SluiceError } from '../core/errors.js';
import type { ObjectChange } from './contract/schema.js';

/** What the server as a whole has to mend first; everything else is one object's own trouble. */
const NOT_THE_OBJECTS_FAULT = new Set([
  'CONNECTION_LOST',
  'SERVER_UNREACHABLE',
  'SERVER_BUSY',
  'LOGIN_REFUSED',
  'DISK_FULL',
  'STATE_MISSING',
]);

/** Run one object's change; its failure is reported as left alone and stops nothing else. */
export async function attempt(
  name: Pick<ObjectChange, 'kind' | 'object'>,
  work: () => Promise<ObjectChange[]>,
): Promise<{ done: boolean; changes: ObjectChange[] }> {
  try {
    return { done: true, changes: await work() };
  } catch (error) {
    if (!(error instanceof SluiceError) || NOT_THE_OBJECTS_FAULT.has(error.code)) throw error;
    const state = error.vendorCode === undefined ? '' : ` (${error.vendorCode})`;
    const message = `${name.kind} ${name.object} could not be made${state}: ${error.message}`;
    return { done: false, changes: [{ ...name, action: 'left', message }] };
  }
}
