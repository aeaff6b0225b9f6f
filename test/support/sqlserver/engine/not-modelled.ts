import { SqlError } from '../backend.js';

/** The stand-in is a closed list: what it does not know, it refuses by name. */
export function notModelled(what: string): SqlError {
  return new SqlError(99_999, `not modelled: ${what}`);
}
