import { z } from 'zod';
import type { CutOverHow, StageRef } from '../../contract/full-sync.js';
import { readRows } from '../catalog/read-rows.js';
import { quoteQualified } from '../sql/quote.js';
import type { StateSession } from '../state/state-db.js';
import { onlyRow } from '../state/state-db.js';
import type { Rights } from './exchange-statements.js';
import { exchangeStatements, isDefault, quoted } from './exchange-statements.js';
import { isFilled, say, sayKept, unmatched } from './kept-partitions.js';
import type { Leaf } from './partition-pairs.js';
import {
  exchangeRefusal,
  readPrepared,
  refuseExchange,
  whyUnexchangeable,
} from './read-exchange.js';
import { OWNER, RIGHTS } from './sql/exchange.js';

const ownerRow = z.object({ owner: z.string(), mine: z.boolean(), ordinary: z.boolean() });
const rightRow = z.object({
  column: z.string().nullable(),
  grantee: z.string().nullable(),
  privilege: z.string().regex(/^[A-Z ]+$/),
  grantable: z.boolean(),
});

/**
 * Inside the final transaction: every partition at once, as readers would see one source
 * transaction in parts otherwise. Returns why it was refused, and then nothing has changed but that
 * the stage is to be merged.
 */
export async function exchangePartitions(
  session: StateSession,
  stage: StageRef,
  how: Pick<CutOverHow, 'keepsPartitions'>,
): Promise<string | null> {
  await session.rows('savepoint exchange');
  const refused = await tryExchange(session, stage, how).catch((error: unknown) => {
    const why = exchangeRefusal(error);
    if (why === null) throw error;
    return why;
  });
  if (refused === null) return null;
  await session.rows('rollback to savepoint exchange');
  await refuseExchange(session, stage, refused);
  return refused;
}

/** The trees are read under a lock that keeps others from altering them and no reader waiting. */
async function tryExchange(
  session: StateSession,
  stage: StageRef,
  { keepsPartitions = false }: Pick<CutOverHow, 'keepsPartitions'>,
): Promise<string | null> {
  const root = quoteQualified(stage.target.schema, stage.target.table);
  await session.rows(`lock table ${root} in share update exclusive mode`);
  const unexchangeable = await whyUnexchangeable(session, stage.target);
  if (unexchangeable !== null) return unexchangeable;
  const found = await readPrepared(session, stage);
  if (typeof found === 'string') return found;
  const kept = keepsPartitions ? await unmatched(session, found.pairing) : [];
  for (const leaf of kept.filter(isDefault)) {
    if (await isFilled(session, leaf)) return 'the rows of its default partition are to be kept';
  }
  await sayKept(session, stage, kept);
  const pairs = found.pairing.pairs.filter(({ live }) => !kept.includes(live));
  const emptied = found.pairing.alone.filter((leaf) => !kept.includes(leaf));
  const rights = new Map<Leaf, Rights>();
  for (const leaf of pairs.flatMap(({ live, staged }) => [live, staged])) {
    rights.set(leaf, await readRights(session, leaf));
  }
  const rightsOf = (leaf: Leaf): Rights => {
    const known = rights.get(leaf);
    if (known === undefined) throw new Error('The rights of a partition were not read.');
    return known;
  };
  await session.rows(`lock table ${root} in access exclusive mode`);
  // Before the others come: a default partition with rows would be searched for those of each.
  for (const { relation } of emptied) await session.rows(`truncate only ${quoted(relation)}`);
  for (const statement of exchangeStatements(pairs, rightsOf)) await session.rows(statement);
  await say(session, stage, `Exchanged ${pairs.length} partitions for their new copies.`);
  return null;
}

async function readRights(session: StateSession, { relation }: Leaf): Promise<Rights> {
  const owner = onlyRow(await readRows(session.rows, OWNER, ownerRow, [relation.oid]));
  return { ...owner, granted: await readRows(session.rows, RIGHTS, rightRow, [relation.oid]) };
}
