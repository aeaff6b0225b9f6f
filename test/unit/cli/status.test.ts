import { describe, expect, it } from 'vitest';
import { failureText } from '../../../src/cli/await-tables.js';
import { exitCodeOfStatus } from '../../../src/cli/commands/status.js';
import { EXIT } from '../../../src/cli/exit-codes.js';
import { laneLag, tableLag } from '../../../src/cli/status/lag.js';
import { remarkOn } from '../../../src/cli/status/remarks.js';
import { lagText, statusText } from '../../../src/cli/status/status-text.js';
import { pipelineStatus } from '../../../src/cli/status/table-status.js';
import { currentUntil } from '../../../src/session/current-until.js';
import { styleFor } from '../../../src/cli/text/style.js';
import { facts, laneFacts, NOW, secondsAgo, tableRow } from './rows.js';

const PLAIN = styleFor({ write: () => true }, {});
const MB = 1024 * 1024;

function whyOf(table: Parameters<typeof tableRow>[0], over: Parameters<typeof facts>[1] = {}) {
  return pipelineStatus(facts([tableRow(table)], over)).targets[0]?.tables[0]?.why ?? null;
}

describe('lag', () => {
  it('is zero when the checkpoint is at the end of the source, however long ago that was', () => {
    const idle = laneFacts({ behindBytes: 0, currentUntil: secondsAgo(9999) });
    expect(laneLag(idle, NOW)).toEqual({ seconds: 0, bytes: 0 });
  });

  it('grows while nothing moves', () => {
    const stuck = laneFacts({ behindBytes: 500, currentUntil: secondsAgo(600) });
    expect(laneLag(stuck, NOW)).toEqual({ seconds: 600, bytes: 500 });
    expect(laneLag(stuck, new Date(NOW.getTime() + 60_000))?.seconds).toBe(660);
  });

  it('is not claimed where nothing is known', () => {
    expect(laneLag(laneFacts({ behindBytes: 500, currentUntil: null }), NOW)).toBeNull();
    expect(tableLag(tableRow({ laneId: null }), null, NOW)).toBeNull();
  });

  it('counts from the last transaction while a backlog is applied, not from its checkpoint', () => {
    const busy = { sourceTime: secondsAgo(900), updatedAt: secondsAgo(1) };
    const last = { at: secondsAgo(1) };
    expect(currentUntil(busy, last, 5 * MB)).toEqual(secondsAgo(900));
    const idle = { at: secondsAgo(300) };
    expect(currentUntil(busy, idle, 5 * MB)).toEqual(secondsAgo(1));
    expect(currentUntil(busy, idle, 5000 * MB)).toEqual(secondsAgo(900));
  });

  it('of a paused table is the age of the first change that waits for it', () => {
    const paused = tableRow({
      applies: false,
      parks: true,
      phase: 'paused',
      parkedSince: secondsAgo(50),
    });
    expect(tableLag(paused, laneFacts(), NOW)?.seconds).toBe(50);
    expect(tableLag({ ...paused, parkedSince: null }, laneFacts(), NOW)?.seconds).toBe(0);
  });

  it('is written with its size', () => {
    expect(lagText(null)).toBe('-');
    expect(lagText({ seconds: 0, bytes: 0 })).toBe('0s');
    expect(lagText({ seconds: 75, bytes: 2048 })).toBe('≤ 1m 15s (2.0 KB)');
  });
});

describe('why a table does not move', () => {
  it('is silent while it follows', () => {
    expect(whyOf({})).toBeNull();
  });

  it('says what a copy waits for, and when it goes on', () => {
    const copiesWait = 'the copy window opens 2026-01-02T22:00:00.000Z';
    const source = { trouble: null, ends: new Map(), left: [], kept: [], copiesWait };
    for (const rowsCopied of [0, 500]) {
      const why = whyOf({ phase: 'fullSync', rowsCopied, parksFrom: 'x' }, { source });
      expect(why?.message).toBe(`Its copy waits: ${copiesWait}.`);
    }
    expect(whyOf({ phase: 'streaming' }, { source })).toBeNull();
    // All of it is read: it is made visible, whatever the source needs.
    const copied = facts([tableRow({ phase: 'fullSync', rowsCopied: 500, parksFrom: 'x' })]);
    const targets = copied.targets.map((one) => ({ ...one, loaded: new Set(['1']) }));
    const [target] = pipelineStatus({ ...copied, source, targets }).targets;
    expect(target?.tables[0]?.why).toBeNull();
  });

  it.each([
    [
      { phase: 'quarantined', faultCode: 'ROW_REJECTED', faultMessage: 'A row was refused.' },
      /A row was refused\. \[ROW_REJECTED, see docs\/troubleshooting\.md#row_rejected\]$/,
    ],
    [{ wanted: 'pause', wantedReason: 'lunch' }, /paused \(lunch\)/],
    [{ enabled: false }, /switched off in the configuration/],
    [{ enabled: false, wanted: 'pause', discovered: true }, /discovered on the source and waits/],
    [
      {
        phase: 'detached',
        wanted: 'detach',
        wantedReason: 'it is not in the configuration any more',
      },
      /It left: it is not in the configuration any more; its position and rows stay/,
    ],
    [
      { phase: 'detached', faultCode: 'TABLE_MISSING', faultMessage: 'The source has no table t.' },
      /The source has no table t\. It rests; .* \[TABLE_MISSING, see docs/,
    ],
    [
      { phase: 'fullSync', applies: false, parks: true, rowsCopied: 0 },
      /until the change stream keeps its changes/,
    ],
    [
      { phase: 'fullSync', applies: false, parks: true, parksFrom: 'x', rowsCopied: 0 },
      /older transaction/,
    ],
  ] as const)('says so: %j', (table, message) => {
    expect(whyOf(table)?.message).toMatch(message);
  });

  it('of a target that has lost its tables that it has, and is not ok with it', () => {
    const [empty] = facts([]).targets;
    if (empty === undefined) throw new Error('a target');
    const targets = [{ ...empty, started: false, lanes: [] }];
    const begins = facts([], { targets });
    expect(pipelineStatus(begins)).toMatchObject({ health: 'working' });
    const lost = facts([], { targets, source: { ...begins.source, kept: ['replica'] } });
    const status = pipelineStatus(lost);
    expect(status).toMatchObject({ health: 'degraded' });
    expect(exitCodeOfStatus([status])).toBe(EXIT.degraded);
    expect(status.targets[0]?.why?.message).toContain('its database was dropped');
    expect(status.targets[0]?.why?.remedy).toContain(`sluice resync '*' --target replica`);
  });

  it('of a table that is gone how it comes back or leaves', () => {
    const fault = {
      faultCode: 'TABLE_MISSING',
      faultMessage: 'The source has no table t any more.',
    };
    const row = tableRow({ phase: 'quarantined', ...fault });
    const remedy = /bring it back.*sluice retry.*sluice apply --pipeline shop --confirm.*resync/;
    expect(pipelineStatus(facts([row])).targets[0]?.tables[0]?.why?.remedy).toMatch(remedy);
    expect(failureText(row)).toMatch(remedy);
    expect(failureText(row)).toContain('public.orders → replica: The source has no table t any');
    expect(failureText(row)).toContain(
      '[TABLE_MISSING, see docs/troubleshooting.md#table_missing]',
    );
    const told = tableRow({ phase: 'quarantined', faultCode: 'X', faultMessage: 'So. [X, see y]' });
    expect(failureText(told)).not.toContain('y] [');
  });

  it('says that its pipeline was left behind while the source keeps log for it', () => {
    const abandoned = { code: 'feed.abandoned', message: 'It has not run for 26 h.', remedy: 'x' };
    const running = { trouble: null, pipelineRuns: false, workers: 0, fault: null };
    const left = facts([tableRow()], { running }, laneFacts({ abandoned }));
    const why = pipelineStatus(left).targets[0]?.tables[0]?.why;
    expect(why?.message).toBe('It has not run for 26 h.');
  });

  it('names what is missing around it before anything else of the stream', () => {
    const running = { trouble: null, pipelineRuns: true, workers: 1, fault: null };
    expect(whyOf({}, { running: { ...running, pipelineRuns: false } })?.remedy).toContain(
      'sluice start',
    );
    expect(whyOf({}, { running: { ...running, workers: 0 } })?.remedy).toContain('sluice worker');
    expect(whyOf({}, { enabled: false })?.message).toContain('switched off');
    const trouble = { code: 'SERVER_UNREACHABLE', message: 'The source is away.', remedy: null };
    expect(
      whyOf({}, { source: { trouble, ends: new Map(), left: [], kept: [], copiesWait: null } })
        ?.message,
    ).toBe('The source is away.');
  });

  it('names the fault of its stream, and a lag of more than five minutes', () => {
    const fault = laneFacts({ fault: 'The slot is gone.' });
    const status = pipelineStatus(facts([tableRow()], {}, fault));
    expect(status.targets[0]?.tables[0]?.why?.message).toContain('The slot is gone.');
    expect(status.health).toBe('degraded');
    const late = laneFacts({ behindBytes: 4096, currentUntil: secondsAgo(400) });
    const why = pipelineStatus(facts([tableRow()], {}, late)).targets[0]?.tables[0]?.why;
    expect(why?.message).toBe('It is 6m 40s behind the source, 4.0 KB of log.');
  });
});

describe('what a table does not do by its settings', () => {
  const settings = { deletes: 'ignore', refresh: undefined, resetColumn: undefined } as const;

  it('is said of a watermark that cannot see deletes, unless something else does', () => {
    const row = tableRow({ mode: 'incremental', laneId: null });
    expect(remarkOn(row, settings)?.message).toContain('cannot see deleted rows');
    expect(remarkOn(row, { ...settings, deletes: 'sweep' })).toBeNull();
    expect(remarkOn(tableRow(), settings)).toBeNull();
  });

  it('is said of a table that nothing loads again', () => {
    const row = tableRow({ mode: 'full', laneId: null });
    expect(remarkOn(row, settings)?.remedy).toContain('sluice resync public.orders');
    expect(remarkOn(row, { ...settings, refresh: { every: 60_000 } })).toBeNull();
    expect(remarkOn(row, { ...settings, resetColumn: 'again' })).toBeNull();
    expect(remarkOn({ ...row, enabled: false }, settings)).toBeNull();
    expect(remarkOn({ ...row, phase: 'quarantined' }, settings)).toBeNull();
  });

  it('is shown below the tables, and is no reason to be degraded', () => {
    const row = tableRow({ mode: 'full', laneId: null });
    const read = facts([row]);
    const remarks = new Map([[row.tableId, { message: 'It rests.', remedy: null }]]);
    const targets = read.targets.map((one) => ({ ...one, remarks }));
    const status = pipelineStatus({ ...read, targets });
    expect(statusText(status, PLAIN)).toContain('public.orders: It rests.');
    expect(status.targets[0]?.tables[0]).toMatchObject({ why: null, remark: { remedy: null } });
    expect(exitCodeOfStatus([status])).toBe(EXIT.ok);
  });
});

describe('status', () => {
  it('shows a copy with its share and the time left', () => {
    const copying = tableRow({
      phase: 'fullSync',
      applies: false,
      parks: true,
      rowsCopied: 250,
      phaseSince: secondsAgo(10),
    });
    const status = pipelineStatus(facts([copying]));
    expect(status.health).toBe('working');
    expect(status.targets[0]?.tables[0]?.rows.secondsLeft).toBe(30);
    expect(statusText(status, PLAIN)).toContain('250 of ~1,000 (25 %, 30s left)');
  });

  it('shows the last verification with its age', () => {
    const verified = tableRow({ verifiedAt: secondsAgo(120), verifiedResult: 'passed' });
    expect(statusText(pipelineStatus(facts([verified])), PLAIN)).toContain('passed 2m ago');
  });

  it('says of a verification without a verdict that it is one, and what to do', () => {
    const open = tableRow({ verifiedAt: secondsAgo(120), verifiedResult: 'unsettled' });
    const text = statusText(pipelineStatus(facts([open])), PLAIN);
    expect(text).toContain('unsettled 2m ago');
    expect(text).toContain('could not settle whether both sides are equal');
  });

  it('gathers tables that share a reason', () => {
    const tables = ['a', 'b', 'c', 'd', 'e'].map((table) =>
      tableRow({ source: { schema: 'public', table }, enabled: false }),
    );
    expect(statusText(pipelineStatus(facts(tables)), PLAIN)).toContain(
      'public.a, public.b, public.c, 2 more: It is switched off',
    );
  });

  it('names the tables without whose part transactions arrive, of lanes that bring others', () => {
    const named = (name: string, over: Parameters<typeof tableRow>[0]) =>
      tableRow({ slug: `public.${name}`, source: { schema: 'public', table: name }, ...over });
    const out = { applies: false, parks: true };
    const status = pipelineStatus(
      facts([
        tableRow(),
        named('paused', { ...out, phase: 'paused' }),
        named('faulty', { ...out, phase: 'quarantined' }),
        named('new', { ...out, phase: 'fullSync' }),
        // Its live table follows all the while.
        named('resynced', { parks: true, phase: 'fullSync' }),
        named('left', { ...out, phase: 'detached' }),
        named('alone', { ...out, phase: 'paused', laneId: '2' }),
        named('polled', { applies: false, laneId: null }),
      ]),
    );
    expect(status.targets[0]?.notWhole).toEqual(['public.paused', 'public.faulty', 'public.new']);
    expect(statusText(status, PLAIN)).toContain(
      'Not transactionally whole: transactions arrive without the part of ' +
        'public.paused, public.faulty, public.new.',
    );
    expect(statusText(pipelineStatus(facts([tableRow()])), PLAIN)).not.toContain('whole');
  });

  it('says each trouble once, also where no table is there to say it of', () => {
    const trouble = (message: string) => ({ code: 'SERVER_UNREACHABLE', message, remedy: null });
    const away = ['Temporal is away.', 'The source is away.', 'The target is away.'] as const;
    const running = { trouble: trouble(away[0]), pipelineRuns: null, workers: null, fault: null };
    const none = { ends: new Map(), left: [], kept: [], copiesWait: null };
    for (const rows of [[], [tableRow()]]) {
      const read = facts(rows, { running, source: { trouble: trouble(away[1]), ...none } });
      const targets = read.targets.map((one) => ({ ...one, trouble: trouble(away[2]) }));
      const text = statusText(pipelineStatus({ ...read, targets }), PLAIN);
      for (const sentence of away) expect(text.split(sentence)).toHaveLength(2);
    }
  });

  it('has an exit code for scripts', () => {
    const of = (...args: Parameters<typeof facts>) =>
      exitCodeOfStatus([pipelineStatus(facts(...args))]);
    expect(of([tableRow()])).toBe(EXIT.ok);
    expect(of([tableRow({ phase: 'quarantined' })])).toBe(EXIT.degraded);
    const different = { verifiedResult: 'failed', verifiedAt: NOW };
    expect(of([tableRow(different)])).toBe(EXIT.degraded);
    // Nobody will verify it again.
    expect(of([tableRow({ ...different, phase: 'detached' })])).toBe(EXIT.ok);
    const trouble = { code: 'SERVER_UNREACHABLE', message: 'Away.', remedy: null };
    expect(
      of([], { source: { trouble, ends: new Map(), left: [], kept: [], copiesWait: null } }),
    ).toBe(EXIT.unreachable);
    const running = { trouble: null, pipelineRuns: false, workers: 1, fault: null };
    expect(of([tableRow()], { running })).toBe(EXIT.degraded);
  });
});
