import type { Finding } from '../../contract/schema.js';

/** A finding without a remedy where there is nothing to do. */
export function finding(
  severity: Finding['severity'],
  code: string,
  subject: string,
  message: string,
  remedy?: string,
): Finding {
  const base = { severity, code, subject, message };
  return remedy === undefined ? base : { ...base, remedy };
}
