import type pg from 'pg';

export interface ReplicaUse {
  /** Peak of the resident memory and CPU time of our process; 0 for the reference. */
  readonly rssMb: number;
  readonly cpuSeconds: number;
}

/** One of the two that follow the source; the other one is stopped while this one is measured. */
export interface Replica {
  readonly name: 'native' | 'ours';
  /** A session on the replica's database. */
  readonly client: pg.Client;
  /** Returns as soon as it was told to begin. */
  start(): Promise<void>;
  stop(): Promise<ReplicaUse>;
  close(): void;
}
