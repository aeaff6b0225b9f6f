/** One sentence why a table does not move, and what to do; pure. */
import { formatTableName } from '../../config/table-name.js';
import { withCode } from '../../core/errors.js';
import type { TableRow } from '../../state/store.js';
import { faultRemedy } from '../fault-remedy.js';
import { bytesText, durationText } from '../text/amounts.js';
import type { LaneFacts, PipelineStatusFacts, TargetFactsRead, Trouble, Why } from './facts.js';
import { untilCleanUp, type Lag } from './lag.js';

export type { Why } from './facts.js';

/** Beyond this a lag is worth a sentence (spec section 9). */
const LATE_SECONDS = 300;
/** A lane that waits for a moment between two rounds is no news. */
const MOVING_STATES = new Set(['running', 'new']);

/** Null when it moves, or has nothing to do. */
export function whyNot(
  table: TableRow,
  lane: LaneFacts | null,
  facts: PipelineStatusFacts & { readonly lag: Lag | null; readonly loaded: boolean },
): Why | null {
  return (
    ofTable(table) ??
    sentence(lane?.abandoned ?? null) ??
    ofPipeline(facts) ??
    sentence(facts.source.trouble) ??
    ofLane(table, lane) ??
    ofCopy(table, facts.loaded ? null : facts.source.copiesWait) ??
    ofCleanUp(lane, facts.now) ??
    ofLag(facts.lag) ??
    ofVerification(table)
  );
}

/** The same for a target of which nothing can be read. */
export function whyNothing(target: TargetFactsRead, facts: PipelineStatusFacts): Why | null {
  if (target.trouble !== null) return sentence(target.trouble);
  if (target.started && target.tables.length > 0) return null;
  const anew = `sluice resync '*' --target ${target.target}.`;
  if (isLost(target, facts)) {
    return {
      message:
        'It knows no tables, although the source keeps a change feed for it: its database was ' +
        'dropped, or made anew.',
      remedy: `Set it up anew: ${anew}`,
    };
  }
  return (
    ofPipeline(facts) ?? {
      message: 'Nothing has been set up there yet.',
      remedy: `Wait a moment; if its database was dropped, set it up anew: ${anew}`,
    }
  );
}

/** What it had is gone: the state comes before the feed that is made for it. */
export function isLost(target: TargetFactsRead, { source }: PipelineStatusFacts): boolean {
  return target.trouble === null && !target.started && source.kept.includes(target.target);
}

function ofTable(table: TableRow): Why | null {
  const name = formatTableName(table.source);
  if (table.phase === 'quarantined') {
    const message = table.faultMessage ?? 'It was taken out of the stream.';
    return {
      message: table.faultCode === null ? message : withCode(message, table.faultCode),
      remedy: faultRemedy(table),
    };
  }
  if (table.wanted === 'detach' || table.phase === 'detached') return ofDetached(table);
  if (table.discovered && !table.enabled) {
    const asked = table.wanted === 'run';
    return {
      message: asked
        ? 'It was asked for and begins soon.'
        : 'It was discovered on the source and waits.',
      remedy: asked ? null : `Start it with sluice enable ${name}, or name it in tables.include.`,
    };
  }
  if (!table.enabled) {
    return {
      message: 'It is switched off in the configuration.',
      remedy: 'Set enabled: true where it is switched off.',
    };
  }
  if (table.wanted !== 'pause') return null;
  const reason = table.wantedReason === null ? '' : ` (${table.wantedReason})`;
  return { message: `It is paused${reason}.`, remedy: `Go on with sluice resume ${name}.` };
}

function ofDetached({ faultCode, faultMessage, wantedReason }: TableRow): Why {
  const remedy = 'To go on, let tables.include and the source have it again.';
  const stays = 'its position and rows stay as they are';
  if (faultCode !== null && faultMessage !== null) {
    return { message: withCode(`${faultMessage} It rests; ${stays}.`, faultCode), remedy };
  }
  return { message: `It left: ${wantedReason ?? 'nobody asks for it'}; ${stays}.`, remedy };
}

function ofPipeline(facts: PipelineStatusFacts): Why | null {
  const { running, pipeline } = facts;
  if (!facts.enabled) {
    const remedy = `Set pipelines.${pipeline}.enabled: true.`;
    return { message: 'The pipeline is switched off in the configuration.', remedy };
  }
  if (running.trouble !== null) return sentence(running.trouble);
  if (running.pipelineRuns === false) {
    const remedy = `Start it with sluice start --pipeline ${pipeline}.`;
    return { message: 'The pipeline is not running.', remedy };
  }
  if (running.workers === 0) {
    return { message: 'No worker is running.', remedy: 'Start one with sluice worker.' };
  }
  if (running.fault === null) return null;
  return {
    message: `The pipeline waits after a failure: ${running.fault}`,
    remedy: 'Mend the cause; it is tried again by itself.',
  };
}

function ofLane(table: TableRow, facts: LaneFacts | null): Why | null {
  if (facts === null || (!table.applies && !table.parks)) return null;
  if (facts.fault !== null) {
    return {
      message: `Its change stream waits after a failure: ${facts.fault}`,
      remedy: 'Mend the cause; it is tried again by itself.',
    };
  }
  const { state, reason } = facts.lane;
  if (MOVING_STATES.has(state)) return null;
  return {
    message: `Its change stream is in state ${state}${reason === null ? '' : `: ${reason}`}.`,
    remedy: state === 'gap' ? 'The tables are copied anew; see sluice errors.' : null,
  };
}

function ofCopy(table: TableRow, copiesWait: string | null): Why | null {
  if (table.phase !== 'fullSync') return null;
  if (copiesWait !== null) {
    return {
      message: `Its copy waits: ${copiesWait}.`,
      remedy: 'It goes on by itself; care of the source in the configuration sets these limits.',
    };
  }
  if (table.rowsCopied > 0) return null;
  if (table.laneId !== null && table.parks && table.parksFrom === null) {
    return {
      message: 'Its copy waits until the change stream keeps its changes.',
      remedy: null,
    };
  }
  return {
    message: 'Its copy begins when every older transaction on the source has ended.',
    remedy: 'Wait, or end a transaction there that runs for long.',
  };
}

/** From half of the time on that the source keeps changes. */
function ofCleanUp(lane: LaneFacts | null, now: Date): Why | null {
  const left = lane === null ? null : untilCleanUp(lane, now);
  const keeps = lane?.keepsSeconds ?? null;
  if (left === null || keeps === null || left > keeps / 2) return null;
  return {
    message:
      left === 0
        ? 'The source may have cleaned away changes that did not come yet.'
        : `The source cleans away what has not come yet in ${durationText(left * 1000)}.`,
    remedy: 'Let the stream catch up (see sluice logs); after that its tables are copied again.',
  };
}

function ofLag(lag: Lag | null): Why | null {
  if (lag === null || lag.seconds < LATE_SECONDS) return null;
  const bytes = lag.bytes === null ? '' : `, ${bytesText(lag.bytes)} of log`;
  return {
    message: `It is ${durationText(lag.seconds * 1000)} behind the source${bytes}.`,
    remedy: 'See sluice logs; a large transaction or a slow target needs time.',
  };
}

/** What it moves to is not known to be the same. */
function ofVerification({ source, verifiedResult }: TableRow): Why | null {
  const name = formatTableName(source);
  if (verifiedResult === 'failed') {
    const remedy = `See sluice errors, and repair it with sluice verify ${name} --repair.`;
    return { message: 'Its last verification found rows that differ.', remedy };
  }
  if (verifiedResult === 'error') {
    const message = 'Its last verification could not be made.';
    return { message, remedy: `sluice logs says why; then ask again: sluice verify ${name}.` };
  }
  if (verifiedResult !== 'unsettled') return null;
  return {
    message: 'Its last verification could not settle whether both sides are equal.',
    remedy: `sluice logs says why; ask again with sluice verify ${name}.`,
  };
}

function sentence(trouble: Trouble | null): Why | null {
  return trouble === null ? null : { message: trouble.message, remedy: trouble.remedy };
}
