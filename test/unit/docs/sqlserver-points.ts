/**
 * What the SQL Server engine promises, point by point, as the checklist of its reference numbers
 * them. A test that shows one has the number at the beginning of its title.
 */
export const POINTS: Readonly<Record<string, string>> = {
  '8.1': 'An LSN is ten bytes; the mask is read from its end; what cannot be seen is no gap.',
  '8.2':
    'Idle tables keep their position; each read looks for gaps, table by table; forks are told.',
  '8.3': 'Position and data are one transaction of the target, which never advances on failure.',
  '8.4': 'What the driver would change travels as text and is converted by the server.',
  '8.5': 'Sessions roll back what failed, wait for locks in bounds, and are watched by ourselves.',
  '8.6': 'A SWITCH is compared before; a refused one becomes a merge; NEXT USED before each SPLIT.',
  '8.7': 'Rows go in batches where the server forbids TRUNCATE.',
  '8.8': 'Constraints are switched on WITH CHECK; what stays untrusted is said.',
  '8.9': 'Rows are compared by hashes of unambiguous text, and only past what is captured.',
  '11.1': 'Chunks never divide equal keys; NULLs are a chunk; a table without a key is one chunk.',
  '11.2': 'Only what the driver loses is staged as text; strings are assigned, never cut.',
  '11.3': 'A swap keeps the object and its identity; where it is refused rows are merged.',
  '11.4': 'Writes obey foreign keys, unique keys and triggers, and count what they wrote.',
  '11.5': 'Each right is needed for one thing; what a login cannot see is said or refused.',
  '11.6': 'A table is read from one server; a secondary is only read.',
  '11.7': 'A watermark is read below what is still open, with an overlap, and its limits are said.',
  '11.8': 'The first position waits for capture; a position is proved by its commit time.',
  '11.9': 'Capture instances of Sluice carry its name; those of others are used and never dropped.',
  '11.10': 'Only rows that carried the mark before the copy lose it, some at a time.',
  '11.11': 'Missing partitions are inferred and made; no row moves without leave.',
  '11.12': 'Routines follow by their real name, are altered in place, and stay with their engine.',
  '11.13': 'Across engines a value arrives whole or stops its table; digests are the same text.',
  '11.14': 'Versions, kinds of server and of table, and forms of an address are known by name.',
};
