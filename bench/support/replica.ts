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
  /** With its process: the next start is that of a new one. */
  stop(): Promise<ReplicaUse>;
  /** As when the target was away for a while: the process goes on. */
  pause(): Promise<void>;
  close(): void;
}
