/**
 * Whether a load by partitions leaves those alone that the source has no row in. A source that is
 * only read now and then may have put away old periods that the target is meant to keep; a table
 * that follows a feed has to be what its source is.
 */
export function loadKeepsPartitions(table: {
  readonly followsFeed: boolean;
  readonly deletes: string;
}): boolean {
  return !table.followsFeed && table.deletes === 'ignore';
}
