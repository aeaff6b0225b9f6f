/**
 * A capture instance serves whoever reads it, so Sluice may not drop one for a target while another
 * target, or another pipeline, still follows it. Nothing of the server says who reads; so each feed
 * that may make instances leaves its mark, an extended property of the database, and the last one
 * that goes drops what those before it left behind. A feed that may make nothing leaves no mark either;
 * it shows that it reads by a lock, as long as it does.
 */
import { z } from 'zod';
import { toSluiceError } from '../../../../core/errors.js';
import type { FeedName } from '../../../contract/feed.js';
import { msNumberOf } from '../../ms-errors.js';
import type { MsSession, Query } from '../../sql-session.js';
import { feedMark } from './instance-name.js';
import { inTurn, unlessRead } from './reader-locks.js';
import { addPropertySql, dropPropertySql, READ_READERS } from './sql/readers-sql.js';

const ROW = z.object({ name: z.string(), value: z.string().nullable() });
const READS = 'sluice cdc reader ';
const LEFT = 'sluice cdc left ';
/** Somebody else was as quick: the property is there already, or is gone already. */
const DONE_BEFORE = new Set([15_233, 15_217]);

interface Marks {
  readonly reading: readonly string[];
  readonly left: readonly string[];
}

/** True when the mark is new. A feed that may not leave one has no instances of its own either. */
export async function joinReaders(session: MsSession, feed: FeedName): Promise<boolean> {
  return feed.mayCreate && inTurn(session, async () => join(session, feed));
}

async function join(session: MsSession, feed: FeedName): Promise<boolean> {
  const own = feedMark(feed);
  const { reading, left } = await readMarks(session.query);
  if (left.includes(own)) await attempt(session, dropPropertySql(LEFT + own));
  if (reading.includes(own)) return false;
  return attempt(session, addPropertySql(READS + own, nameOf(feed)));
}

/**
 * The targets of a pipeline that have something here. One that left for the others' sake counts
 * again once these are gone: nobody else will drop what it had.
 */
export async function readTargets(query: Query, pipeline: string): Promise<string[]> {
  const rows = (await query(READ_READERS)).map((row) => ROW.parse(row));
  const isRead = rows.some(({ name }) => name.startsWith(READS));
  const targets = rows.flatMap(({ name, value }) => {
    const kind = isRead || name.startsWith(READS) ? READS : LEFT;
    const target = value?.slice(nameOf({ pipeline, target: '' }).length) ?? '';
    return name === kind + feedMark({ pipeline, target }) ? [target] : [];
  });
  return [...new Set(targets)].sort();
}

function nameOf({ pipeline, target }: Pick<FeedName, 'pipeline' | 'target'>): string {
  return `${pipeline} / ${target}`;
}

export interface Readers {
  /** Another feed reads here too. */
  readonly others: boolean;
  /** Marks of the feeds whose instances this one may drop: its own, and of those that left. */
  readonly marks: readonly string[];
}

export async function readReaders(query: Query, feed: FeedName): Promise<Readers> {
  const own = feedMark(feed);
  const { reading, left } = await readMarks(query);
  return { others: reading.some((mark) => mark !== own), marks: [own, ...left] };
}

/**
 * End the feed. Where it was the last one, `drop` is given the marks of all feeds whose instances
 * nobody reads any more; else its own are left to those that go on.
 */
export async function leaveReaders(
  session: MsSession,
  feed: FeedName,
  drop: (marks: readonly string[]) => Promise<string[]>,
): Promise<string[]> {
  return inTurn(session, async () => {
    const own = feedMark(feed);
    const { reading, left } = await readMarks(session.query);
    const isLast = reading.every((mark) => mark === own);
    const dropped = isLast
      ? await unlessRead(session, async () => drop([own, ...left.filter((mark) => mark !== own)]))
      : null;
    if (dropped === null) await attempt(session, addPropertySql(LEFT + own, nameOf(feed)));
    else for (const mark of left) await attempt(session, dropPropertySql(LEFT + mark));
    if (reading.includes(own)) await attempt(session, dropPropertySql(READS + own));
    return dropped ?? [];
  });
}

async function readMarks(query: Query): Promise<Marks> {
  const names = (await query(READ_READERS)).map((row) => ROW.parse(row).name);
  const of = (kind: string) =>
    names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
  return { reading: of(READS), left: of(LEFT) };
}

/** False where it was done before, or this login may not. */
async function attempt(session: MsSession, sql: string): Promise<boolean> {
  try {
    await session.batch(sql);
    return true;
  } catch (thrown) {
    const done = DONE_BEFORE.has(msNumberOf(thrown) ?? 0);
    if (done || toSluiceError(thrown).kind === 'permanent') return false;
    throw thrown;
  }
}
