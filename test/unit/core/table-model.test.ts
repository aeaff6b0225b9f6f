/** Random lives of a table against a model of its row: what holds after any sequence of commands. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { record } from '../../../src/core/command-log.js';
import { parseCommand } from '../../../src/core/command.js';
import { COMMANDS, type Command, type TableFacts } from '../../../src/core/protocol.js';
import { afterFailedStep } from '../../../src/core/table-failure.js';
import {
  afterBootstrap,
  afterCommand,
  afterEpochBegan,
  afterQuarantine,
  FRESH_MEMORY,
  nextStep,
  noteProgress,
  type TableMemory,
  type TableStep,
} from '../../../src/core/table-life.js';

const WRITERS = ['fullSync', 'resume', 'poll'];
const LIMIT = 20;

/** The workflow and the target of one table, step by step. */
class Life {
  memory: TableMemory = FRESH_MEMORY;
  row: TableFacts = {
    name: 't',
    mode: 'cdc',
    phase: 'new',
    epoch: '0',
    enabled: true,
    wanted: 'run',
    onLane: true,
    applies: false,
    cutoverStep: null,
    faultCode: null,
    attention: '0',
    copyLanes: 1,
    rowsEstimated: null,
    rowsCopied: 0,
    polls: false,
    attributes: false,
  };
  before: TableFacts['phase'] = 'new';
  readonly obeyed: string[] = [];
  now = 0;

  hear(command: Command): void {
    this.memory = { ...this.memory, ...record(this.memory, command, LIMIT).log };
  }

  step(fails: 'no' | 'transient' | 'permanent'): TableStep {
    this.now += 1_000;
    this.memory = noteProgress(this.memory, this.row);
    const step = nextStep(this.row, this.memory, this.now);
    if (WRITERS.includes(step.kind)) {
      expect(this.row.wanted).toBe('run');
      expect(this.row.enabled).toBe(true);
    }
    if (fails === 'no') this.#take(step);
    else {
      const failure = { code: 'DEADLOCK', message: 'm'.repeat(300), kind: fails };
      this.memory = afterFailedStep(this.memory, step, failure);
    }
    return step;
  }

  #take(step: TableStep): void {
    switch (step.kind) {
      case 'command':
        this.#obey(step.command);
        this.memory = afterCommand(this.memory, step.command);
        break;
      case 'quarantine':
        this.before = this.row.phase;
        this.row = { ...this.row, phase: 'quarantined', faultCode: step.code };
        this.memory = afterQuarantine(this.memory);
        break;
      case 'bootstrap':
        this.memory = afterBootstrap(this.memory);
        break;
      case 'beginEpoch':
        this.row = { ...this.row, phase: 'fullSync', epoch: String(Number(this.row.epoch) + 1) };
        this.memory = afterEpochBegan(this.memory, step, this.now);
        break;
      case 'fullSync':
      case 'resume':
        this.row = { ...this.row, phase: 'streaming' };
        break;
      case 'pause':
        this.row = { ...this.row, phase: 'paused', applies: false };
        break;
      case 'detach':
        this.row = { ...this.row, phase: 'detached' };
        break;
      case 'poll':
      case 'rest':
      case 'end':
        break;
    }
  }

  #obey({ command, requestId }: Command): void {
    this.obeyed.push(requestId);
    const { row } = this;
    if (command === 'pause') {
      const phase = row.phase === 'streaming' ? 'paused' : row.phase;
      this.row = { ...row, wanted: 'pause', phase };
    } else if (command === 'resume') {
      this.row = { ...row, wanted: 'run' };
    } else if (command === 'forceResync') {
      this.row = { ...row, wanted: 'run', faultCode: null };
    } else if (command === 'retry' && row.phase === 'quarantined') {
      const phase = this.before === 'streaming' ? 'paused' : this.before;
      this.row = { ...row, phase, faultCode: null };
    }
  }
}

const anyCommand = fc
  .record({
    name: fc.constantFrom(...COMMANDS),
    requestId: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 80 }),
    by: fc.string({ unit: 'grapheme-composite', maxLength: 250 }),
    reason: fc.string({ unit: 'grapheme-composite', minLength: 1, maxLength: 250 }),
  })
  .map(({ name, ...payload }) => parseCommand(name, payload, 'fallback'))
  .filter((parsed) => parsed.ok)
  .map((parsed) => parsed.command);

const anyEvent = fc.oneof(
  { weight: 3, arbitrary: anyCommand.map((command) => ({ command })) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('no' as const, 'transient' as const, 'permanent' as const)
      .map((fails) => ({ fails })),
  },
  { weight: 1, arbitrary: fc.boolean().map((enabled) => ({ enabled })) },
);

test('after any sequence no writer runs while paused, no id is obeyed twice, memory is small', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 120 }), (events) => {
      const life = new Life();
      for (const event of events) {
        if ('command' in event) life.hear(event.command);
        else if ('enabled' in event) life.row = { ...life.row, enabled: event.enabled };
        else life.step(event.fails);
        expect(Buffer.byteLength(JSON.stringify(life.memory))).toBeLessThan(16_384);
      }
      const { length } = new Set(life.obeyed).size === life.obeyed.length ? [] : ['twice'];
      expect(length).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('left alone and enabled, every life comes to rest, or to its end', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      const life = new Life();
      for (const event of events) {
        if ('command' in event) life.hear(event.command);
        else if ('fails' in event) life.step(event.fails);
      }
      const kinds = Array.from({ length: 30 }, () => life.step('no').kind);
      expect(['rest', 'end']).toContain(kinds.at(-1));
    }),
    { numRuns: 300 },
  );
});

test('the fullest memory stays under 16 KB', () => {
  let memory = FRESH_MEMORY;
  const payload = (n: number) => ({
    requestId: String(n).padStart(80, '~'),
    by: '漢'.repeat(500),
    reason: '\u0001漢'.repeat(250),
  });
  for (let n = 0; n < 200; n++) {
    const parsed = parseCommand(COMMANDS[n % COMMANDS.length] ?? 'pause', payload(n), 'x');
    if (!parsed.ok) throw new Error(parsed.message);
    memory = { ...memory, ...record(memory, parsed.command, LIMIT).log };
  }
  const [first] = memory.queue;
  const resync = { reason: first?.reason ?? '', requestId: first?.requestId ?? '' };
  const fault = { code: 'TARGET_NOT_EMPTY', message: '漢'.repeat(301) };
  const ownResyncs = Array.from({ length: 5 }, () => Date.now());
  memory = { ...memory, resync, held: resync, fault, ownResyncs };
  expect(memory.queue).toHaveLength(COMMANDS.length);
  expect(Buffer.byteLength(JSON.stringify(memory))).toBeLessThan(16_384);
});
