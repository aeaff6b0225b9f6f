import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

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
