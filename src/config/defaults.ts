import type { DurationText } from './duration.js';
import type { SizeText } from './size.js';

/**
 * Every default, written as a user would write it; docs/configuration.md is generated from here.
 * A value that was chosen by measurement says so with the numbers.
 */
type Value = DurationText | SizeText | number | boolean | Word;
type Word =
  | 'sluice'
  | 'UTC'
  | 'prefer'
  | 'verifyFull'
  | 'auto'
  | 'refuse'
  | 'ignore'
  | 'quarantine'
  | 'transaction'
  | 'keep'
  | 'resync';
type Section = Readonly<Record<string, Value | readonly Value[] | Readonly<Record<string, Value>>>>;

export const DEFAULTS = {
  connection: {
    // A server that does not answer within this is down for our purpose; retries follow anyway.
    connectTimeout: '30s',
    // The longest statement that is not declared long (index builds and merges have their own limit).
    statementTimeout: '300s',
    // What a DBA sees in the server's session list.
    applicationName: 'sluice',
    // Anything less lets whoever answers in the server's place read the password and the rows.
    tlsMode: 'verifyFull',
    // Nobody stands between a program and a server on the same machine, and few have certificates.
    localTlsMode: 'prefer',
    pool: {
      // An idle pipeline keeps no connection open on a production server.
      min: 0,
      // Upper bound per worker and server; copy lanes and verification share it.
      max: 50,
      // Long enough to serve the next batch, short enough to give quiet hours back to the server.
      idleTimeout: '30s',
      // Finds a connection that a firewall has dropped before a batch does.
      healthCheckInterval: '60s',
    },
  },
  table: {
    // A table that include names is meant to be replicated.
    enabled: true,
    // The safest way that the source offers; `plan` shows which and why.
    mode: 'auto',
    // The safest way that keeps readers of the target whole.
    load: 'auto',
    poll: {
      // A watermark query costs the source an index scan per table.
      incremental: '30s',
      // The longest wait of an idle reader; a busy one does not wait.
      cdc: '10s',
      // One cheap version query per table.
      changeTracking: '5s',
    },
    watermark: {
      // Covers clocks of writers that differ and transactions that commit out of order.
      overlap: '60s',
    },
    chunk: {
      // A chunk is the longest open read on the source: seconds, not minutes. Bytes say that for
      // wide and narrow rows alike; 5,000 rows of 200 bytes would be 16 times as many chunks.
      bytes: '16MB',
    },
    // Copy lanes of one table; kept low because the source is production.
    parallelism: 2,
    verification: {
      // Often enough to find damage the same morning, rare enough not to be seen in the source's load.
      every: '5m',
      // The newest keys are where a lost change shows first.
      rows: 10_000,
    },
    // Never touches rows that Sluice did not write.
    existing: 'refuse',
    // A watermark cannot see deletes; saying so is better than guessing.
    deletes: 'ignore',
    // Keys only, but all of them: an hour keeps the cost below that of the verification.
    sweepEvery: '1h',
    // One bad row must not stop the table silently losing others; the table waits for a person.
    onRowError: 'quarantine',
    parkedMax: {
      // Beyond this a resync is usually cheaper than applying the backlog.
      bytes: '10GB',
      age: '7d',
    },
  },
  pipeline: {
    enabled: true,
    // Readers of a replica expect the views; objects that Sluice did not make are never touched.
    routines: { views: true, functions: true },
    // A source transaction becomes visible whole.
    consistency: 'transaction',
    // They exist on the target but do not stop the applier.
    foreignKeys: 'keep',
    // A full disk on the production server is worse than a new copy.
    onLogLimit: 'resync',
    // Room for hours of a busy log on most servers, and far from filling the disk.
    maxRetainedLog: '10GB',
    // A pipeline that has not run for a day has been forgotten, not paused.
    abandonAfter: '1d',
    batch: {
      // Amortises the commit, and a failed batch is still cheap to run again.
      rows: 20_000,
      // Wide rows reach this first.
      bytes: '4MB',
      // Waiting for a fuller batch only adds lag: under load the next changes are at hand anyway.
      wait: '0ms',
    },
    // Readers that queue behind the waiting lock are delayed by this much at most.
    cutoverLockTimeout: '3s',
    // Three missed beats of a loaded worker are no reason to start its work elsewhere.
    heartbeatTimeout: '60s',
    // A failure that a second try cures is not worth an error row.
    attempts: 3,
    attemptWait: '30s',
  },
  controlTables: {
    // Whoever may write a connection string would otherwise choose what it sends where.
    variables: [],
  },
  source: { enabled: true },
  target: {
    enabled: true,
    // Creating a database is a decision of its own.
    createDatabase: false,
  },
  care: {
    // Copy and verification readers together; leaves a two-core server one core for its users.
    maxReaders: 4,
    statementTimeout: '300s',
  },
  schedule: {
    // The one zone without a missing or doubled hour.
    timezone: 'UTC',
  },
} as const satisfies Readonly<Record<string, Section>>;
