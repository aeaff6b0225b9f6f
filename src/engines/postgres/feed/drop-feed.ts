import type { FeedName } from '../../contract/feed.js';
import { sqlStateOf } from '../pg-errors.js';
import { quoteIdent } from '../sql/quote.js';
import type { SqlSession } from '../sql-session.js';
import { feedObjects, publicationComment } from './feed-names.js';
import { readPublication, readSlot } from './server-facts.js';

/**
 * Drop slot and publication, those that Sluice made: the slot by its name, the publication also by
 * its comment. Idempotent. Throws SluiceError FEED_IN_USE while a stream reads the slot.
 */
export async function dropFeed(session: SqlSession, name: FeedName): Promise<string[]> {
  const { publication, slot, mayCreatePublication, mayCreateSlot } = feedObjects(name);
  const dropped: string[] = [];
  if (mayCreateSlot && (await readSlot(session, slot)) !== null) {
    await ignoring('42704', async () =>
      session.query('SELECT pg_drop_replication_slot($1)', [slot]),
    );
    dropped.push(`slot ${slot}`);
  }
  if (!mayCreatePublication) return dropped;
  const facts = await readPublication(session, publication);
  if (facts?.comment !== publicationComment(name)) return dropped;
  await ignoring('42704', async () => session.query(`DROP PUBLICATION ${quoteIdent(publication)}`));
  dropped.push(`publication ${publication}`);
  return dropped;
}

async function ignoring(sqlState: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (sqlStateOf(error) !== sqlState) throw error;
  }
}
