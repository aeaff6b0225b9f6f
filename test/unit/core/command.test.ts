import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRequestId, parseCommand } from '../../../src/core/command.js';
import { NO_COMMANDS, record, settle, type CommandLog } from '../../../src/core/command-log.js';
import { COMMANDS, type Command, type CommandName } from '../../../src/core/protocol.js';

describe('a payload', () => {
  test.each([undefined, null, {}])('%s is a command for everything', (payload) => {
    expect(parseCommand('pause', payload, 'fallback')).toEqual({
      ok: true,
      command: {
        command: 'pause',
        requestId: 'fallback',
        by: 'signal',
        reason: 'asked for',
        tables: '*',
        target: null,
      },
    });
  });

  test('with every field is taken at its word', () => {
    const payload = {
      requestId: 'ticket-7',
      by: 'ada',
      reason: 'maintenance',
      tables: 'public.*',
      target: 'replica',
    };
    expect(parseCommand('resume', payload, 'x')).toEqual({
      ok: true,
      command: { command: 'resume', ...payload },
    });
  });

  test.each([
    ['text', 'has to be a JSON object'],
    [[], 'has to be a JSON object'],
    [7, 'has to be a JSON object'],
    [{ table: 'x' }, '"table" is not one of its fields'],
    [{ tables: 7 }, '"tables" has to be text'],
    [{ by: [] }, '"by" has to be text'],
    [{ reason: 'x'.repeat(501) }, '"reason" is longer than 500 characters'],
    [{ requestId: 'two words' }, '"requestId" has to be up to 80'],
    [{ requestId: 'x'.repeat(81) }, '"requestId" has to be up to 80'],
  ])('%j is refused', (payload, why) => {
    const parsed = parseCommand('pause', payload, 'x');
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? '' : parsed.message).toContain(why);
  });

  test('of null fields means that they were not given', () => {
    const parsed = parseCommand('pause', { target: null, by: null, tables: '' }, 'x');
    expect(parsed).toMatchObject({
      ok: true,
      command: { target: null, by: 'signal', tables: '*' },
    });
  });

  test('keeps one short line of free text', () => {
    const parsed = parseCommand('pause', { reason: `a\nb${'c'.repeat(400)}` }, 'x');
    expect(parsed.ok && parsed.command.reason).toBe(`a b${'c'.repeat(197)}`);
  });

  test('that is anything at all never throws, and a message about it stays short', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
    });
    fc.assert(
      fc.property(fc.constantFrom(...COMMANDS), anything, (name, payload) => {
        const parsed = parseCommand(name, payload, 'x');
        if (parsed.ok) expect(isRequestId(parsed.command.requestId)).toBe(true);
        else expect(parsed.message.length).toBeLessThan(250);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('the log of commands', () => {
  const commandOf = (command: CommandName, requestId: string, tables = '*'): Command => ({
    command,
    requestId,
    by: 'test',
    reason: 'test',
    tables,
    target: null,
  });

  test('knows a repeated id, also after it was carried out', () => {
    const { log } = record(NO_COMMANDS, commandOf('pause', 'a'), 5);
    expect(record(log, commandOf('pause', 'a'), 5)).toEqual({ log, outcome: 'repeated' });
    const done = { ...log, queue: settle(log, commandOf('pause', 'a')) };
    expect(done.queue).toEqual([]);
    expect(record(done, commandOf('pause', 'a'), 5).outcome).toBe('repeated');
  });

  test('lets the last word count', () => {
    let log: CommandLog = NO_COMMANDS;
    for (const [name, id] of [
      ['pause', 'a'],
      ['resume', 'b'],
      ['pause', 'c'],
    ] as const) {
      log = record(log, commandOf(name, id), 5).log;
    }
    expect(log.queue.map((command) => command.requestId)).toEqual(['b', 'c']);
  });

  test('refuses what is too much', () => {
    let log: CommandLog = NO_COMMANDS;
    for (const id of ['a', 'b']) log = record(log, commandOf('pause', id, id), 2).log;
    expect(record(log, commandOf('pause', 'c', 'c'), 2)).toEqual({ log, outcome: 'full' });
    expect(record(log, commandOf('pause', 'd', 'a'), 2).outcome).toBe('recorded');
    const other = { ...commandOf('pause', 'e', 'a'), target: 'replica' };
    expect(record(log, other, 2).outcome).toBe('full');
  });

  test('remembers the newest fifty ids', () => {
    let log: CommandLog = NO_COMMANDS;
    for (let n = 0; n < 60; n++) log = record(log, commandOf('pause', `id-${n}`), 5).log;
    expect(log.seen).toHaveLength(50);
    expect(log.seen.at(-1)).toBe('id-59');
  });
});
