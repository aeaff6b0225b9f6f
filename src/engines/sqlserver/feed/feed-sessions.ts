import type { MsSession, SessionPool } from '../sql-session.js';

/** The sessions of a feed. */
export interface FeedSessions {
  /** Where a source is read, which may be a secondary. */
  readonly read: SessionPool;
  /** Sessions that may write: what a feed needs is made on the primary. */
  readonly change: SessionPool;
  /** A session of its own for a reader, which keeps it for as long as it reads. */
  readonly open: () => Promise<MsSession>;
}
