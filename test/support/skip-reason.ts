/**
 * Why a test was skipped: what it said itself; else what the title of the test, or of what it is in,
 * needs ("… (needs the openssl command)"); else its whole name.
 */
export function skipReason(fullName: string, note: string | undefined): string {
  return note ?? /\((needs [^()]+)\)/.exec(fullName)?.[1] ?? fullName;
}
