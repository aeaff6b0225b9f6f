import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  COMMANDS,
  TABLE_PHASES,
  type Command,
  type CommandName,
  type TableFacts,
  type TablePhase,
} from '../../../src/core/protocol.js';
import {
  afterBootstrap,
  afterCommand,
  afterEpochBegan,
  afterQuarantine,
  FRESH_MEMORY,
  interrupts,
  nextStep,
  noteProgress,
  type TableMemory,
} from '../../../src/core/table-life.js';

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;

const FACTS: TableFacts = {
  name: 'public.orders',
  mode: 'cdc',
  phase: 'streaming',
  epoch: '1',
  enabled: true,
  wanted: 'run',
  onLane: true,
  applies: true,
  cutoverStep: null,
  faultCode: null,
  attention: '0',
  copyLanes: 1,
  rowsEstimated: null,
  rowsCopied: 0,
  polls: false,
  attributes: false,
};

function commandOf(command: CommandName, requestId = 'r'): Command {
  return { command, requestId, by: 'test', reason: 'test', tables: '*', target: null };
}

const facts = (more: Partial<TableFacts>): TableFacts => ({ ...FACTS, ...more });
const memory = (more: Partial<TableMemory>): TableMemory => ({ ...FRESH_MEMORY, ...more });
const kindOf = (given: TableFacts, known = FRESH_MEMORY): string =>
  nextStep(given, known, NOW).kind;

const STEP_OF_PHASE: Record<TablePhase, string> = {
  new: 'bootstrap',
  bootstrapping: 'bootstrap',
  fullSync: 'fullSync',
  catchingUp: 'resume',
  streaming: 'rest',
  paused: 'resume',
  quarantined: 'rest',
  detached: 'end',
  removed: 'end',
};

describe('the next step', () => {
  const everything = TABLE_PHASES.flatMap((phase) =>
    (['run', 'pause', 'detach'] as const).flatMap((wanted) =>
      [true, false].map((enabled) => ({ phase, wanted, enabled })),
    ),
  );

  test.each(everything)('in $phase, wanted $wanted, enabled $enabled', (given) => {
    const { phase, wanted, enabled } = given;
    const over = phase === 'detached' || phase === 'removed';
    const expected = over
      ? 'end'
      : wanted === 'detach'
        ? 'detach'
        : wanted === 'pause' || !enabled
          ? phase === 'streaming'
            ? 'pause'
            : 'rest'
          : STEP_OF_PHASE[phase];
    expect(kindOf(facts({ ...given, applies: phase === 'streaming' }))).toBe(expected);
  });

  test('of a table that is copied anew while its lane applies is the pause of its lane', () => {
    expect(kindOf(facts({ phase: 'fullSync', wanted: 'pause', applies: true }))).toBe('pause');
    expect(kindOf(facts({ phase: 'fullSync', enabled: false, applies: false }))).toBe('rest');
  });

  test.each(everything.flatMap((given) => COMMANDS.map((name) => ({ ...given, name }))))(
    'is the waiting $name in $phase, wanted $wanted, enabled $enabled',
    ({ name, ...given }) => {
      const known = memory({ queue: [commandOf(name)] });
      expect(nextStep(facts(given), known, NOW)).toEqual({
        kind: 'command',
        command: commandOf(name),
      });
    },
  );

  test('of a stopped table is the end', () => {
    expect(kindOf(facts({}), memory({ stopped: true }))).toBe('end');
  });

  test('of a table that polls is its poll', () => {
    expect(kindOf(facts({ polls: true }))).toBe('poll');
  });

  test('inside a cut-over is the full sync, which alone knows the way out', () => {
    for (const phase of ['paused', 'catchingUp'] as const) {
      expect(kindOf(facts({ phase, cutoverStep: 'frozen' }))).toBe('fullSync');
    }
  });

  test('after the bootstrap is the first epoch, under an id of the epoch that stood', () => {
    const step = nextStep(facts({ phase: 'new', epoch: '4' }), afterBootstrap(FRESH_MEMORY), NOW);
    expect(step).toEqual({ kind: 'beginEpoch', reason: 'first copy', requestId: 'first-4' });
  });

  test('with a fault is the quarantine, unless the table leaves', () => {
    const known = memory({ fault: { code: 'KEY_MISSING', message: 'no key' } });
    expect(kindOf(facts({}), known)).toBe('quarantine');
    expect(kindOf(facts({ wanted: 'pause' }), known)).toBe('quarantine');
    expect(kindOf(facts({ wanted: 'detach' }), known)).toBe('detach');
  });
});

describe('a forced resync', () => {
  const asked = memory({ resync: { reason: 'test', requestId: 'r' } });

  test('begins the next epoch of a table in any prepared phase', () => {
    for (const phase of ['fullSync', 'catchingUp', 'streaming', 'paused', 'quarantined'] as const) {
      expect(kindOf(facts({ phase }), asked)).toBe('beginEpoch');
    }
  });

  test('of a table that was never prepared waits for its bootstrap', () => {
    for (const given of [
      { phase: 'new', epoch: '0' },
      { phase: 'quarantined', epoch: '0' },
    ] as const) {
      expect(kindOf(facts(given), asked)).toBe('bootstrap');
      expect(kindOf(facts(given), afterBootstrap(asked))).toBe('beginEpoch');
    }
  });

  test('that came while an epoch began asks for one more', () => {
    const begun = afterEpochBegan(asked, { reason: 'before', requestId: 'other' }, NOW);
    expect(begun.resync).toEqual(asked.resync);
    expect(afterEpochBegan(begun, { reason: 'test', requestId: 'r' }, NOW).resync).toBeNull();
  });

  test('that could not begin is held until a retry', () => {
    const held = afterQuarantine({ ...asked, fault: { code: 'X', message: '' } });
    expect(kindOf(facts({ phase: 'quarantined' }), held)).toBe('rest');
    const retried = afterCommand(held, commandOf('retry'));
    expect(retried).toMatchObject({ resync: asked.resync, held: null, fault: null });
    expect(afterQuarantine(held).held).toEqual(asked.resync);
  });
});

describe('a gap', () => {
  const gap = facts({ phase: 'quarantined', faultCode: 'FEED_GAP' });

  test('is mended by a resync twice a day', () => {
    expect(nextStep(gap, FRESH_MEMORY, NOW)).toEqual({
      kind: 'beginEpoch',
      reason: 'mends FEED_GAP',
      requestId: 'own-1-FEED_GAP',
    });
    let known = FRESH_MEMORY;
    for (let round = 0; round < 2; round++) {
      const step = nextStep(gap, known, NOW);
      expect(step.kind).toBe('beginEpoch');
      if (step.kind === 'beginEpoch') known = afterEpochBegan(known, step, NOW);
    }
    expect(nextStep(gap, known, NOW).kind).toBe('rest');
    expect(nextStep(gap, known, NOW + DAY).kind).toBe('beginEpoch');
  });

  test('and a resync by hand do not share a budget', () => {
    const begun = afterEpochBegan(FRESH_MEMORY, { reason: '', requestId: 'r' }, NOW);
    expect(begun.ownResyncs).toEqual([]);
  });
});

describe('a carried-out command', () => {
  const queued = (name: CommandName): TableMemory =>
    memory({ queue: [commandOf(name), commandOf('verify', 'other')], stopped: name !== 'stop' });

  test.each(COMMANDS)('%s leaves the queue', (name) => {
    expect(afterCommand(queued(name), commandOf(name)).queue).toEqual([
      commandOf('verify', 'other'),
    ]);
  });

  test.each([
    ['stop', true],
    ['resume', false],
    ['retry', false],
    ['forceResync', false],
    ['pause', true],
  ] as const)('%s leaves stopped at %s', (name, stopped) => {
    expect(afterCommand(queued(name), commandOf(name)).stopped).toBe(stopped);
  });

  test.each(COMMANDS)('%s interrupts only if the work has to end for it', (name) => {
    expect(interrupts(commandOf(name))).toBe(['pause', 'forceResync', 'stop'].includes(name));
  });
});

test('copied rows are progress that forgets failures', () => {
  const failed = memory({ budget: { failures: 5, waits: 5 } });
  const first = noteProgress(failed, facts({ rowsCopied: 10 }));
  expect(first.budget.failures).toBe(5);
  expect(noteProgress(first, facts({ rowsCopied: 10 }))).toBe(first);
  expect(noteProgress(first, facts({ rowsCopied: 20 })).budget.failures).toBe(0);
});

test('whatever is known, no writer is started while a pause or a detach is wanted', () => {
  const anyFacts = fc.record({
    phase: fc.constantFrom(...TABLE_PHASES),
    epoch: fc.constantFrom('0', '1', '7'),
    enabled: fc.boolean(),
    wanted: fc.constantFrom('run' as const, 'pause' as const, 'detach' as const),
    cutoverStep: fc.constantFrom(null, 'frozen' as const, 'merged' as const),
    faultCode: fc.constantFrom(null, 'FEED_GAP', 'KEY_MISSING'),
    polls: fc.boolean(),
  });
  const request = fc.option(fc.record({ reason: fc.string(), requestId: fc.string() }));
  const anyMemory = fc.record({
    bootstrapped: fc.boolean(),
    resync: request,
    held: request,
    fault: fc.option(fc.record({ code: fc.string(), message: fc.string() })),
    stopped: fc.boolean(),
    queue: fc.array(
      fc.constantFrom(...COMMANDS).map((name) => commandOf(name)),
      { maxLength: 3 },
    ),
  });
  fc.assert(
    fc.property(anyFacts, anyMemory, (given, known) => {
      const { kind } = nextStep(facts(given), memory(known), NOW);
      const writes = ['bootstrap', 'beginEpoch', 'fullSync', 'resume', 'poll'].includes(kind);
      return !writes || (given.enabled && given.wanted === 'run');
    }),
    { numRuns: 2_000 },
  );
});
