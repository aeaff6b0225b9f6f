import { Readable } from 'node:stream';
import type {
  BulkColumn,
  MsSession,
  Param,
  Query,
  Row,
  SessionPool,
} from '../../../src/engines/sqlserver/sql-session.js';

export interface Recorded {
  readonly sql: string;
  readonly params: readonly Param[];
}

type Answer = (sql: string, params: readonly Param[]) => readonly Row[];

/** One row that has something for whatever is read from it: for texts, not for meanings. */
export const ANYTHING: Row = {
  revision: '1',
  body: '{}',
  lane_id: '1',
  phase_since: '2024-01-01T00:00:00',
  updated_at: '2024-01-01T00:00:00',
  at: '2024-01-01T00:00:00',
  last_at: '2024-01-01T00:00:00',
  first_at: '2024-01-01T00:00:00',
  finished_at: '2024-01-01T00:00:00',
  started_at: null,
  resolved_at: null,
  verified_at: null,
  parked_since: null,
  source_time: null,
  deleted: 0,
  got: 0,
  row_mark: '["1"]',
  id: '1',
  table_id: '1',
  run_id: '1',
  verification_id: '1',
  versions_id: null,
  schema_id: null,
  source_schema: 's',
  source_table: 't',
};

/** A session that remembers what it was asked and answers what it is told to. */
export class RecordingSession implements MsSession {
  readonly statements: Recorded[] = [];
  readonly spid = 51;
  readonly subject = 'the target';
  readonly loaded: {
    table: string;
    columns: readonly BulkColumn[];
    rows: (readonly unknown[])[];
  }[] = [];

  constructor(private readonly answer: Answer = () => [ANYTHING]) {}

  readonly query: Query = <T extends Row>(sql: string, params: readonly Param[] = []) => {
    this.statements.push({ sql, params });
    return Promise.resolve(this.answer(sql, params) as readonly T[]);
  };

  batch(sql: string): Promise<void> {
    this.statements.push({ sql, params: [] });
    return Promise.resolve();
  }

  transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return work(this.query);
  }

  stream(): AsyncIterable<readonly unknown[]> {
    return Readable.from([]);
  }

  streamParts(): AsyncIterable<readonly (readonly unknown[])[]> {
    return Readable.from([]);
  }

  async bulkLoad(
    table: string,
    columns: readonly BulkColumn[],
    parts: AsyncIterable<readonly (readonly unknown[])[]>,
  ): Promise<number> {
    const taken: (readonly unknown[])[] = [];
    for await (const part of parts) taken.push(...part);
    this.loaded.push({ table, columns, rows: taken });
    return taken.length;
  }

  inTransaction(): boolean {
    return false;
  }

  cancel(): void {
    // Nothing runs here.
  }

  isOpen(): boolean {
    return true;
  }

  reset(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function recordingPool(answer?: Answer): SessionPool & { statements: Recorded[] } {
  const session = new RecordingSession(answer);
  return {
    statements: session.statements,
    use: async (work) => work(session),
    take: () => Promise.resolve({ session, release: () => Promise.resolve() }),
    interrupt: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
