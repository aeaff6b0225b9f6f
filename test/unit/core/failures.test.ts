import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ERROR_KINDS,
  explainError,
  SluiceError,
  toSluiceError,
  type ErrorCode,
} from '../../../src/core/errors.js';
import {
  afterFailure,
  backOffMs,
  isExhausted,
  isOutage,
  MAX_FAILURES,
  NO_FAILURES,
} from '../../../src/core/failure-budget.js';
import type { Command } from '../../../src/core/protocol.js';
import { afterFailedStep, kindOf } from '../../../src/core/table-failure.js';
import { FRESH_MEMORY, type TableMemory, type TableStep } from '../../../src/core/table-life.js';

describe('the back-off', () => {
  test('doubles from 5 s to 10 min', () => {
    let budget = NO_FAILURES;
    const pauses = Array.from(
      { length: 10 },
      () => backOffMs((budget = afterFailure(budget))) / 1_000,
    );
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
  });

  test('never passes its limit, and never is shorter than the first', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (failures, waits) => {
        const pause = backOffMs({ failures, waits });
        return pause >= 5_000 && pause <= 600_000;
      }),
    );
  });
});

describe('the failure budget', () => {
  test('is spent by failures that may be the table’s own', () => {
    let budget = NO_FAILURES;
    for (let n = 0; n < MAX_FAILURES; n++) {
      expect(isExhausted(budget)).toBe(false);
      budget = afterFailure(budget);
    }
    expect(isExhausted(budget)).toBe(true);
  });

  test('is not spent by an outage', () => {
    expect(afterFailure(NO_FAILURES, false)).toEqual({ failures: 0, waits: 1 });
    const codes = Object.keys(ERROR_KINDS).filter(isOutage) as ErrorCode[];
    expect(codes.length).toBeGreaterThan(3);
    const lasting = codes.filter((code) => ERROR_KINDS[code] !== 'transient');
    expect(lasting).toEqual(['DATABASE_MISSING']);
  });
});

describe('a failed step', () => {
  const work: TableStep = { kind: 'resume' };
  const command: Command = {
    command: 'pause',
    requestId: 'r',
    by: 'test',
    reason: 'test',
    tables: '*',
    target: null,
  };
  const failed = (
    step: TableStep,
    code: string,
    kind: 'transient' | 'permanent' | 'benign',
    memory: TableMemory = FRESH_MEMORY,
  ): TableMemory => afterFailedStep(memory, step, { code, message: 'm', kind });

  test('on the data that a person has to mend is a fault at once', () => {
    expect(failed(work, 'KEY_MISSING', 'permanent').fault).toEqual({
      code: 'KEY_MISSING',
      message: 'm',
    });
  });

  test('on the data is a fault when the budget is spent, but not in an outage', () => {
    const spent = (code: string): TableMemory => {
      let memory = FRESH_MEMORY;
      for (let n = 0; n < MAX_FAILURES; n++) memory = failed(work, code, 'transient', memory);
      return memory;
    };
    expect(spent('DEADLOCK').fault?.code).toBe('DEADLOCK');
    expect(spent('SERVER_UNREACHABLE')).toMatchObject({
      fault: null,
      budget: { failures: 0, waits: MAX_FAILURES },
    });
  });

  test('in a database that is gone is no fault: it would meet the table that is set up anew', () => {
    expect(failed(work, 'DATABASE_MISSING', 'permanent')).toMatchObject({
      fault: null,
      budget: { failures: 0, waits: 1 },
    });
  });

  test('that lost its ownership only waits', () => {
    expect(failed(work, 'FENCED_OUT', 'benign')).toMatchObject({
      fault: null,
      budget: { failures: 0, waits: 1 },
    });
  });

  test('of control is no fault of the table', () => {
    const quarantine: TableStep = { kind: 'quarantine', code: 'X', message: '' };
    for (const step of [quarantine, { kind: 'detach' } as const]) {
      expect(failed(step, 'STATE_MISSING', 'permanent').fault).toBeNull();
    }
  });

  test('of a command keeps it for a while, drops it for good, and lets stop through', () => {
    const queued = (name: Command['command']): [TableStep, TableMemory] => {
      const given = { ...command, command: name };
      return [
        { kind: 'command', command: given },
        { ...FRESH_MEMORY, queue: [given] },
      ];
    };
    const [pause, waiting] = queued('pause');
    expect(failed(pause, 'LOCK_TIMEOUT', 'transient', waiting).queue).toHaveLength(1);
    expect(failed(pause, 'TABLE_UNKNOWN', 'permanent', waiting).queue).toEqual([]);
    const [stop, stopping] = queued('stop');
    expect(failed(stop, 'SERVER_UNREACHABLE', 'transient', stopping)).toMatchObject({
      queue: [],
      stopped: true,
    });
  });
});

test('the kind of a failure is its code’s, and else as the worker judged it', () => {
  expect(kindOf('FENCED_OUT', true)).toBe('benign');
  expect(kindOf('DEADLOCK', true)).toBe('transient');
  expect(kindOf('NotFoundError', true)).toBe('permanent');
  expect(kindOf('toString', false)).toBe('transient');
});

describe('the catalogue of errors', () => {
  test.each(Object.entries(ERROR_KINDS))('%s is %s', (code, kind) => {
    expect(code).toMatch(/^[A-Z][A-Z_]+$/);
    const error = new SluiceError(code as ErrorCode, 'It broke.', { remedy: 'Mend it.' });
    expect(error).toMatchObject({ name: 'SluiceError', code, kind });
    expect(explainError(error)).toBe(
      `It broke. Mend it. [${code}, see docs/troubleshooting.md#${code.toLowerCase()}]`,
    );
  });

  test('explains an error without a remedy', () => {
    expect(explainError(new SluiceError('DEADLOCK', 'It broke.'))).toMatch(
      /^It broke\. \[DEADLOCK/,
    );
  });

  test('narrows anything thrown, and says nothing of its text', () => {
    const known = new SluiceError('DEADLOCK', 'It broke.');
    expect(toSluiceError(known)).toBe(known);
    const foreign = toSluiceError(new TypeError('password=secret'));
    expect(foreign).toMatchObject({ code: 'UNEXPECTED', kind: 'transient' });
    expect(explainError(foreign)).not.toContain('secret');
    expect(toSluiceError('text').message).toContain('string');
    expect(foreign.cause).toBeInstanceOf(TypeError);
  });
});
