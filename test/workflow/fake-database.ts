import type {
  AddressedCommand,
  ApplyResult,
  Command,
  PipelineFacts,
  TableFacts,
  TablePhase,
  Tuning,
} from '../../src/core/protocol.js';
import { patient } from '../support/wait-for.js';

/**
 * Short times, so that a back-off is over before anybody looks. Nobody waits for the heartbeat's: on
 * a machine that holds a worker up for so long, an activity would be done twice.
 */
export const FAST: Tuning = {
  heartbeatTimeoutMs: patient(3_000),
  firstRetryMs: 20,
  backOffMs: 100,
};

export interface FakeTable {
  readonly target: string;
  readonly slug: string;
  phase: TablePhase;
  before: TablePhase;
  epoch: number;
  wanted: 'run' | 'pause' | 'detach';
  enabled: boolean;
  polls: boolean;
  copyLanes: number;
  /** Chunks left to copy. */
  chunks: number;
  rowsCopied: number;
  faultCode: string | null;
  begunBy: string | null;
  bootstrapped: number;
}

/** What the target databases and the configuration would hold, in memory; it outlives Temporal. */
export class FakeDatabase {
  readonly tables = new Map<string, FakeTable>();
  readonly lanes = new Map<string, { position: number; runs: number; paused: boolean }>();
  readonly events: string[] = [];
  readonly answers: string[] = [];
  readonly sqlCommands: AddressedCommand[] = [];
  readonly attention = new Map<string, Set<string>>();
  revision = 1;
  tuning: Tuning = FAST;
  lanesPerTarget = 1;
  /** Targets that could not be looked after, and why. */
  readonly away = new Map<string, string>();
  /** Targets that the configuration lacks, unconfirmed. */
  lost: readonly string[] = [];
  /** Numbers of lanes that tables have for themselves. */
  ownLanes: readonly number[] = [];
  /** What of its targets cannot be followed, in words. */
  unfollowed: readonly string[] = [];
  /** What the next rounds of a lane come back with. */
  readonly laneResults: ApplyResult[] = [];
  /** Reasons of the gaps that were dealt with. */
  readonly gaps: string[] = [];
  /** Search attributes are registered. */
  attributes = false;

  constructor(readonly pipeline = 'shop') {}

  add(slug: string, more: Partial<FakeTable> = {}): FakeTable {
    const table: FakeTable = {
      target: 'replica',
      slug,
      phase: 'new',
      before: 'new',
      epoch: 0,
      wanted: 'run',
      enabled: true,
      polls: false,
      copyLanes: 2,
      chunks: 0,
      rowsCopied: 0,
      faultCode: null,
      begunBy: null,
      bootstrapped: 0,
      ...more,
    };
    this.tables.set(`${table.target}/${slug}`, table);
    return table;
  }

  table(slug: string, target = 'replica'): FakeTable {
    const table = this.tables.get(`${target}/${slug}`);
    if (table === undefined) throw new Error(`no table ${target}/${slug}`);
    return table;
  }

  targets(): string[] {
    return [...new Set([...this.tables.values()].map((table) => table.target))].sort();
  }

  ofTarget(target: string): FakeTable[] {
    return [...this.tables.values()].filter((table) => table.target === target);
  }

  facts(slug: string, target: string): TableFacts | null {
    const table = this.tables.get(`${target}/${slug}`);
    if (table === undefined) return null;
    return {
      name: table.slug,
      mode: table.polls ? 'incremental' : 'cdc',
      phase: table.phase,
      epoch: String(table.epoch),
      enabled: table.enabled,
      wanted: table.wanted,
      onLane: !table.polls,
      applies: table.phase === 'streaming',
      cutoverStep: null,
      faultCode: table.faultCode,
      attention: '0',
      copyLanes: table.copyLanes,
      rowsEstimated: null,
      rowsCopied: table.rowsCopied,
      polls: table.polls,
      attributes: false,
    };
  }

  pipelineFacts(): PipelineFacts {
    return {
      revision: String(this.revision),
      enabled: true,
      attributes: this.attributes,
      tuning: this.tuning,
      lost: this.lost,
      targets: this.targets()
        .filter((target) => !this.lost.includes(target))
        .map((target) => {
          const lanes = Array.from({ length: this.lanesPerTarget }, (_, n) => n);
          const away = this.away.get(target) ?? null;
          return {
            target,
            lanes: away === null ? [...lanes, ...this.ownLanes] : [],
            tables: this.ofTarget(target).length,
            enabled: true,
            away,
          };
        }),
    };
  }

  /** What the real activity makes of the row; see the table of commands in the specification. */
  obey(table: FakeTable, { command, requestId }: Command): void {
    this.events.push(`${table.slug} ${command} ${requestId}`);
    if (command === 'pause') {
      table.wanted = 'pause';
      if (table.phase === 'streaming') table.phase = 'paused';
    } else if (command === 'resume') {
      table.wanted = 'run';
    } else if (command === 'forceResync') {
      table.wanted = 'run';
      table.faultCode = null;
    } else if (command === 'retry' && table.phase === 'quarantined') {
      table.faultCode = null;
      table.phase = table.before === 'streaming' ? 'paused' : table.before;
    }
  }

  quarantine(table: FakeTable, code: string): void {
    if (table.phase !== 'quarantined') table.before = table.phase;
    table.phase = 'quarantined';
    table.faultCode = code;
  }

  wake(slug: string, target = 'replica'): void {
    const slugs = this.attention.get(target) ?? new Set();
    this.attention.set(target, slugs.add(slug));
  }
}
