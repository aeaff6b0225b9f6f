export interface DemoOptions {
  /** Leave the servers and the worker running until Ctrl-C. */
  readonly keep: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run demo [-- --keep]

Shows Sluice on this machine: a local Temporal service, two PostgreSQL servers, a sample company.
Everything that it starts ends with it.

  --keep   at the end, leave everything running until you press Ctrl-C
  --help   this text
`;

/** Throws a RangeError that names the first word that is no option. */
export function readOptions(words: readonly string[]): DemoOptions {
  const unknown = words.find((word) => !['--keep', '--help', '-h'].includes(word));
  if (unknown !== undefined) throw new RangeError(`The demo has no option ${unknown}.`);
  return {
    keep: words.includes('--keep'),
    help: words.includes('--help') || words.includes('-h'),
  };
}
