import {
  setCurrentDetails,
  upsertSearchAttributes,
  type ChildWorkflowOptions,
} from '@temporalio/workflow';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  type SearchAttributePair,
} from '@temporalio/common';

const PIPELINE = defineSearchAttributeKey('SluicePipeline', SearchAttributeType.KEYWORD);
const TARGET = defineSearchAttributeKey('SluiceTarget', SearchAttributeType.KEYWORD);
const TABLE = defineSearchAttributeKey('SluiceTable', SearchAttributeType.KEYWORD);
const PHASE = defineSearchAttributeKey('SluicePhase', SearchAttributeType.KEYWORD);
const FAULT = defineSearchAttributeKey('SluiceFault', SearchAttributeType.KEYWORD);
const EPOCH = defineSearchAttributeKey('SluiceEpoch', SearchAttributeType.INT);

export interface Visible {
  readonly pipeline: string;
  readonly target: string;
  readonly table: string;
  readonly phase: string;
  readonly fault: string | null;
  readonly epoch: number;
}

/**
 * Show a table's state in the Web UI: search attributes where they are registered (an upsert of an
 * unregistered one would retry for ever), and the text at the top of the workflow's page. Only on
 * change: each upsert is an event and a write.
 */
export function visibility(): (now: Visible, attributes: boolean, details: string) => void {
  let shown = '';
  return (now, attributes, details) => {
    setCurrentDetails(details);
    const text = JSON.stringify(now);
    if (!attributes || text === shown) return;
    shown = text;
    upsertSearchAttributes([
      { key: PIPELINE, value: now.pipeline },
      { key: TARGET, value: now.target },
      { key: TABLE, value: now.table },
      { key: PHASE, value: now.phase },
      { key: FAULT, value: now.fault },
      { key: EPOCH, value: now.epoch },
    ]);
  };
}

interface Place {
  readonly pipeline: string;
  readonly target?: string | null;
  readonly slug?: string;
}

/** How a child that is being started shows in the Web UI: its line, memo and search attributes. */
export function inWebUi(
  summary: string,
  attributes: boolean,
  { pipeline, target, slug }: Place,
): Pick<ChildWorkflowOptions, 'staticSummary' | 'memo' | 'typedSearchAttributes'> {
  const pairs: SearchAttributePair[] = [{ key: PIPELINE, value: pipeline }];
  if (target !== null && target !== undefined) pairs.push({ key: TARGET, value: target });
  if (slug !== undefined) pairs.push({ key: TABLE, value: slug });
  return {
    staticSummary: summary,
    memo: { sluice: summary },
    ...(attributes ? { typedSearchAttributes: pairs } : {}),
  };
}

/** A pipeline was started by somebody else: it names itself, once. */
export function namePipeline(pipeline: string): void {
  upsertSearchAttributes([{ key: PIPELINE, value: pipeline }]);
}
