/** A row's place in a change table: the columns of its clustered index, in their order. */
export interface RowPlace {
  /** Commit LSN as 20 hex digits. */
  readonly lsn: string;
  /** Number of the statement in its transaction; -1 where an old database does not keep it. */
  readonly command: number;
  readonly sequence: string;
  /** 1 delete, 2 insert, 3 before an update, 4 after it. */
  readonly operation: number;
}

export function comparePlaces(a: RowPlace, b: RowPlace): number {
  if (a.lsn !== b.lsn) return a.lsn < b.lsn ? -1 : 1;
  if (a.command !== b.command) return a.command - b.command;
  if (a.sequence !== b.sequence) return a.sequence < b.sequence ? -1 : 1;
  return a.operation - b.operation;
}

/** A place behind every row of the transaction at `lsn`. */
export function endOf(lsn: string): RowPlace {
  return { lsn, command: 2_147_483_647, sequence: 'f'.repeat(20), operation: 4 };
}
