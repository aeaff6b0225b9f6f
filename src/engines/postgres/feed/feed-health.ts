import type { FeedHealth, FeedName } from '../../contract/feed.js';
import type { Finding } from '../../contract/schema.js';
import type { SqlSession } from '../sql-session.js';
import { feedObjects } from './feed-names.js';
import { READ_END } from './feed-sql.js';
import { distanceBetween, toPosition } from './position.js';
import type { SlotFacts } from './server-facts.js';
import { readPublication, readSlot, whyInvalid } from './server-facts.js';

/** How much log the slot holds back, and what is wrong with slot or publication. */
export async function feedHealth(session: SqlSession, name: FeedName): Promise<FeedHealth> {
  const { publication, slot } = feedObjects(name);
  const findings: Finding[] = [];
  if ((await readPublication(session, publication)) === null) {
    findings.push(missing('feed.publication-missing', publication, 'publication'));
  }
  const facts = await readSlot(session, slot);
  if (facts === null) {
    findings.push(missing('feed.slot-missing', slot, 'replication slot'));
    return { retainedBytes: null, findings };
  }
  findings.push(...slotFindings(slot, facts));
  const end = await session.query<{ lsn: string | null }>(READ_END);
  const lsn = end[0]?.lsn ?? null;
  const inUse = facts.active;
  if (lsn === null || facts.restart_lsn === null) return { retainedBytes: null, inUse, findings };
  const retainedBytes = distanceBetween(toPosition(facts.restart_lsn), toPosition(lsn));
  return { retainedBytes, inUse, findings };
}

function slotFindings(name: string, slot: SlotFacts): Finding[] {
  const invalid = whyInvalid(slot);
  if (invalid !== null) {
    return [
      {
        severity: 'error',
        code: 'feed.slot-lost',
        subject: name,
        message: `The replication slot ${name} is lost: ${invalid}.`,
        remedy: 'Resync the tables of this pipeline; the slot is made again.',
      },
    ];
  }
  if (slot.wal_status !== 'unreserved') return [];
  return [
    {
      severity: 'warning',
      code: 'feed.slot-unreserved',
      subject: name,
      message: `The log that the replication slot ${name} needs may be removed at the next checkpoint.`,
      remedy: 'Let the stream catch up, or raise max_slot_wal_keep_size.',
    },
  ];
}

function missing(code: string, subject: string, what: string): Finding {
  return {
    severity: 'error',
    code,
    subject,
    message: `The ${what} ${subject} does not exist.`,
    makes: `the ${what} ${subject}`,
    remedy: 'Run plan: it lists what has to be created on the source.',
  };
}
