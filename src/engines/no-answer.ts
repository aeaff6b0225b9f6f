import { SluiceError } from '../core/errors.js';

/** @param subject names the server with its address, as in "the source database shop at db:5432" */
export function noAnswer(subject: string, limitMs: number, vendorCode?: string): SluiceError {
  const told = subject.charAt(0).toUpperCase() + subject.slice(1);
  return new SluiceError(
    'SERVER_UNREACHABLE',
    `${told} did not answer within ${String(limitMs / 1000)} s.`,
    {
      remedy:
        'Check host, port and firewall, and that the server runs; where it is only slow, raise connectTimeout of the connection. It is tried again with a growing delay.',
      ...(vendorCode === undefined ? {} : { vendorCode }),
    },
  );
}
