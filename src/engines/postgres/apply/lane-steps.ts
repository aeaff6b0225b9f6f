import type { Position } from '../../contract/feed.js';
import type { LaneClaim } from '../../contract/lane.js';
import type { BatchCounter } from '../../contract/batch-counter.js';
import { LANE_BEGIN, LANE_CHECKPOINT, LANE_MOVE } from './sql/lane.js';
import type { StatementNames } from './statement-names.js';
import type { Step } from './steps.js';

/** The first and last statements of every transaction of a lane. */
export class LaneSteps {
  constructor(
    private readonly names: StatementNames,
    private readonly claim: LaneClaim,
  ) {}

  begin(revision: string, from: Position): Step[] {
    const { laneId, fence } = this.claim;
    return [this.own('begin', []), this.own(LANE_BEGIN, [laneId, fence, revision, from])];
  }

  checkpoint(to: Position, time: Date | null, transactions: number, counts: BatchCounter): Step[] {
    const { laneId } = this.claim;
    const at = time === null ? null : time.toISOString();
    if (counts.isEmpty && transactions === 0) return [this.own(LANE_MOVE, [laneId, to, at])];
    const numbers = [
      transactions,
      counts.total('inserts'),
      counts.total('updates'),
      counts.total('deletes'),
      counts.total('parkedRows'),
    ];
    return [this.own(LANE_CHECKPOINT, [laneId, to, at, ...numbers.map(String)])];
  }

  commit(): Step {
    return this.own('commit', []);
  }

  private own(text: string, values: readonly (string | null)[]): Step {
    return { tableId: null, statement: this.names.statement(text, [], values), expected: null };
  }
}
