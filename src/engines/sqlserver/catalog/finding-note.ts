import type { Finding } from '../../contract/schema.js';

/** A finding whose subject is the table at hand. */
export type Note = Omit<Finding, 'subject'>;

export function note(
  severity: Finding['severity'],
  code: string,
  message: string,
  remedy?: string,
): Note {
  return remedy === undefined ? { severity, code, message } : { severity, code, message, remedy };
}
