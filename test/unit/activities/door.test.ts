import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { DoorInterceptor } from '../../../src/activities/error-interceptor.js';
import { FailureLog } from '../../../src/activities/failure-log.js';
import { SluiceError } from '../../../src/core/errors.js';
import { createLogger } from '../../../src/observability/logger.js';

/** The limit is on the text as it goes out: two quotes are part of it. */
const LARGEST = 'x'.repeat(64 * 1024 - 2);
const DEPS = { session: {}, logger: createLogger('silent'), failures: new FailureLog() };

describe('the door between activities and Temporal', () => {
  it('lets a result of 64 KB out, and none that is larger', async () => {
    expect(await through([], LARGEST)).toBe(LARGEST);
    const failure = await refusal(through([], `${LARGEST}x`));
    expect(failure).toMatchObject({ type: 'PAYLOAD_TOO_LARGE', nonRetryable: true });
    expect(failure.message).toMatch(/^the result of readTable has 65537 bytes; the limit is 65536/);
    expect(failure.message.length).toBeLessThan(1_000);
  });

  it('counts bytes and not letters', async () => {
    const letters = 'ü'.repeat(40_000);
    expect(letters.length).toBeLessThan(64 * 1024);
    expect((await refusal(through([], letters))).type).toBe('PAYLOAD_TOO_LARGE');
  });

  it.each([
    [new SluiceError('LOGIN_REFUSED', 'No.'), 30_000],
    [new SluiceError('SERVER_BUSY', 'Later.', { retryAfterMs: 10_000 }), 10_000],
    [new SluiceError('SERVER_BUSY', 'Later.'), undefined],
  ])('says when a failure is tried again: %#', async (error, rests) => {
    const failure = await refusal(through([], error));
    expect(failure).toMatchObject({ type: error.code, nonRetryable: false });
    expect(failure.nextRetryDelay).toBe(rests);
  });

  it('runs no activity with an input that is larger', async () => {
    const ran: unknown[] = [];
    const page = { pipeline: 'shop', slugs: Array.from({ length: 20_000 }, String) };
    const failure = await refusal(through([page], 'done', ran));
    expect(failure).toMatchObject({ type: 'PAYLOAD_TOO_LARGE', nonRetryable: true });
    expect(failure.message).toContain('the input of readTable');
    expect(ran).toEqual([]);
  });
});

/** One activity through the door that every activity of a worker has. */
async function through(args: unknown[], result: unknown, ran: unknown[] = []): Promise<unknown> {
  const { context } = new MockActivityEnvironment({ activityType: 'readTable' });
  const door = new DoorInterceptor(context, DEPS);
  return door.execute({ args, headers: {} }, (input) => {
    ran.push(input);
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  });
}

async function refusal(attempt: Promise<unknown>): Promise<ApplicationFailure> {
  const thrown: unknown = await attempt.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof ApplicationFailure) return thrown;
  throw new Error('It was not refused.');
}
