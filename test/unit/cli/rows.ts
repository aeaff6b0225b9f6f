import type { LaneFacts, PipelineStatusFacts } from '../../../src/cli/status/facts.js';
import type { LaneRow, TableRow } from '../../../src/state/store.js';

export const NOW = new Date('2026-01-02T12:00:00Z');

export function secondsAgo(seconds: number): Date {
  return new Date(NOW.getTime() - seconds * 1000);
}

export function tableRow(over: Partial<TableRow> = {}): TableRow {
  return {
    tableId: '1',
    pipeline: 'shop',
    target: 'replica',
    slug: 'public.orders',
    source: { schema: 'public', table: 'orders' },
    targetTable: { schema: 'public', table: 'orders' },
    laneId: '1',
    mode: 'cdc',
    load: 'auto',
    revision: '1',
    enabled: true,
    wanted: 'run',
    wantedBy: null,
    wantedReason: null,
    discovered: false,
    phase: 'streaming',
    phaseBefore: null,
    phaseSince: secondsAgo(3600),
    epoch: '1',
    cutoverStep: null,
    applies: true,
    parks: false,
    parksFrom: null,
    fence: '1',
    position: null,
    stagePosition: null,
    watermark: null,
    sourceFingerprint: null,
    feedMark: null,
    rowsEstimated: 1000,
    rowsCopied: 1000,
    attention: '0',
    faultCode: null,
    faultMessage: null,
    verifiedAt: null,
    verifiedResult: null,
    parkedRows: 0,
    parkedBytes: 0,
    parkedSince: null,
    ...over,
  };
}

export function laneFacts(over: Partial<LaneFacts> = {}, lane: Partial<LaneRow> = {}): LaneFacts {
  return {
    lane: {
      laneId: '1',
      pipeline: 'shop',
      target: 'replica',
      n: 0,
      fence: '1',
      membership: '1',
      position: '00000000/00000010',
      lineage: 'x',
      sourceTime: secondsAgo(100),
      state: 'running',
      reason: null,
      updatedAt: secondsAgo(5),
      ...lane,
    },
    behindBytes: 0,
    currentUntil: secondsAgo(5),
    fault: null,
    keepsSeconds: null,
    abandoned: null,
    ...over,
  };
}

export function facts(
  tables: readonly TableRow[],
  over: Partial<PipelineStatusFacts> = {},
  lane: LaneFacts = laneFacts(),
): PipelineStatusFacts {
  return {
    pipeline: 'shop',
    enabled: true,
    now: NOW,
    source: { trouble: null, ends: new Map(), left: [], kept: [], copiesWait: null },
    running: { trouble: null, pipelineRuns: true, workers: 1, fault: null },
    targets: [
      {
        ...{ target: 'replica', trouble: null, started: true, lanes: [lane], tables, others: [] },
        ...{ remarks: new Map(), loaded: new Set() },
      },
    ],
    ...over,
  };
}
