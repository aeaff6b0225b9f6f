import type { StageRef } from '../../contract/full-sync.js';
import { PgTable } from '../catalog/model.js';
import { checkStatements } from '../define/check-sql.js';
import { indexStatements } from '../define/index-sql.js';
import { Placement } from '../define/placement.js';
import type { Statement } from '../define/statement.js';
import { constraintExists } from '../define/statement.js';
import type { TargetFacts } from '../define/target-facts.js';
import { quoteIdent } from '../sql/quote.js';
import type { StateSession } from '../state/state-db.js';
import { isDefault, quoted } from './exchange-statements.js';
import { lackingRules, PROOF } from './partition-pairs.js';
import type { Exchange } from './read-exchange.js';
import {
  exchangeRefusal,
  readExchange,
  refuseExchange,
  whyUnexchangeable,
} from './read-exchange.js';
import { BOUND_CONDITIONS } from './sql/exchange.js';
import { stageSchema } from './stage-record.js';
import type { TargetContext } from './target-context.js';
import { beginTable, inTarget } from './target-context.js';

const WANTED = `select load = 'partitionSwitch' as wanted from sluice.table_state where table_id = $1`;

/** What finishing a stage gives for it. */
export interface StageWork {
  readonly facts: TargetFacts;
  /** Run a statement on the stage once, in a transaction of its own. */
  run(statement: Statement): Promise<void>;
  /** Bring the stage to one state of the source. */
  settle(): Promise<void>;
}

/**
 * All that takes long of an exchange of partitions, on the stage, where nobody waits for it: what
 * the live table has beyond its source, and the proof of each bound. Nothing where the table cannot
 * be exchanged; what the server refuses is kept with the stage, which is merged then.
 */
export async function prepareExchange(
  context: TargetContext,
  stage: StageRef,
  work: StageWork,
): Promise<void> {
  const found = await inTarget(context, async (session) => {
    const [row] = await session.rows<{ wanted: boolean }>(WANTED, [stage.tableId]);
    if (row?.wanted !== true) return null;
    if ((await whyUnexchangeable(session, stage.target)) !== null) return null;
    const exchange = await readExchange(session, stage);
    if (typeof exchange === 'string') return null;
    return { exchange, proofs: await proofStatements(session, exchange) };
  });
  if (found === null) return;
  try {
    const lacking = lackingStatements(found.exchange, stage, work.facts);
    if (lacking.settled) await work.settle();
    for (const statement of [...lacking.statements, ...found.proofs]) await work.run(statement);
  } catch (error) {
    const refused = exchangeRefusal(error);
    if (refused === null) throw error;
    await inTarget(context, async (session) => {
      await beginTable(session, stage);
      await refuseExchange(session, stage, refused);
    });
  }
}

function lackingStatements(
  { live, staged }: Exchange,
  stage: StageRef,
  facts: TargetFacts,
): { statements: Statement[]; settled: boolean } {
  const lacking = lackingRules(live, staged);
  if (lacking === null) return { statements: [], settled: false };
  const table = new PgTable(live.root, lacking.members, live.ownedSequences, live.requires);
  const placement = new Placement(table, stage.target, stageSchema(stage.tableId));
  return {
    statements: [...indexStatements(placement), ...checkStatements(placement, facts)],
    settled: lacking.unique,
  };
}

/**
 * By the live tree's own words: those of a hash partition name the parent's number. The default
 * partition of a tree that is divided further than the stage gets none: the stage takes rows there
 * that the live table has another place for, and such a row refuses the exchange, not the row.
 */
async function proofStatements(session: StateSession, { pairing }: Exchange): Promise<Statement[]> {
  const oids = pairing.pairs.map(({ live }) => live.relation.oid);
  const rows = await session.rows<{ condition: string | null }>(BOUND_CONDITIONS, [oids]);
  return pairing.pairs.flatMap(({ live, staged: { relation } }, n) => {
    const condition = rows[n]?.condition ?? null;
    if (condition === null || (isDefault(live) && pairing.alone.length > 0)) return [];
    return [
      {
        what: `bound of ${relation.name}`,
        sql: `alter table ${quoted(relation)} add constraint ${quoteIdent(PROOF)} check (${condition})`,
        done: constraintExists({ schema: relation.schema, table: relation.name }, PROOF),
      },
    ];
  });
}
