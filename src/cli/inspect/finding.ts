import { codeText, toSluiceError } from '../../core/errors.js';
import type { Finding } from '../../engines/contract/schema.js';
import { EXIT, exitCodeOfName, type ExitCode } from '../exit-codes.js';
import type { Style } from '../text/style.js';

/** An error as one more thing that was found. */
export function findingOf(thrown: unknown, subject: string): Finding {
  const { code, message, remedy } = toSluiceError(thrown);
  return {
    severity: 'error',
    code,
    subject,
    message,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** `error  public.orders: message remedy [code]` */
export function findingText(finding: Finding, style: Style): string {
  const { severity, subject, message, remedy, code } = finding;
  const named = message.includes(subject) ? message : `${subject}: ${message}`;
  return `${paint(severity, style)} ${named}${remedy === undefined ? '' : ` ${remedy}`} ${codeText(code)}`;
}

function paint(severity: Finding['severity'], style: Style): string {
  const word = severity.padEnd(7);
  if (severity === 'error') return style.red(word);
  if (severity === 'warning') return style.yellow(word);
  return severity === 'ok' ? style.green(word) : style.dim(word);
}

/** By the worst: an error by what it is (1, 2 or 3), a warning 4, else 0. */
export function exitCodeOfFindings(findings: readonly Finding[]): ExitCode {
  const error = findings.find((finding) => finding.severity === 'error');
  if (error !== undefined) return exitCodeOfName(error.code);
  return findings.some((finding) => finding.severity === 'warning') ? EXIT.degraded : EXIT.ok;
}
