import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { DoorInterceptor } from '../../../../src/activities/error-interceptor.js';
import { FailureLog } from '../../../../src/activities/failure-log.js';
import { SluiceError } from '../../../../src/core/errors.js';
import { createLogger } from '../../../../src/observability/logger.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

describe('attempts and attemptWait', () => {
  let shop: Shop | null = null;
  afterEach(async () => shop?.close());

  it('decide when an error of a failing step is recorded, as status and SQL see it', async () => {
    const opened = await openShop(
      '18',
      'attempts',
      { mode: 'full' },
      {},
      {
        pipeline: { attempts: 4, attemptWait: '10s' },
      },
    );
    shop = opened;
    await opened.source.query('create table public.t (id int primary key)');
    await opened.reconcile();
    let seconds = 0;
    const deps = {
      session: { configPath: opened.configPath },
      logger: createLogger('silent'),
      failures: new FailureLog(() => seconds * 1_000),
    };
    const recorded: number[] = [];
    for (const second of [0, 1, 3, 7, 15, 25, 31, 32]) {
      seconds = second;
      await failOnce(deps, opened.pipeline);
      const events = await opened.target.query<{ message: string }>(
        `select message from sluice.event where kind = 'failed.copyChunks' and level = 'error'`,
      );
      recorded.push(events.length);
    }
    expect(recorded).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
    const [summary] = await opened.target.query<{ table: string; message: string }>(
      `select t.slug as table, e.message from sluice.event e
         join sluice.table_state t on t.table_id = e.table_id where e.level = 'error'`,
    );
    expect(summary).toEqual({ table: 'public.t', message: 'It is gone. [CONNECTION_LOST]' });
  });
});

/** One try of an activity through the door that every activity of a worker has. */
async function failOnce(
  deps: ConstructorParameters<typeof DoorInterceptor>[1],
  pipeline: string,
): Promise<void> {
  const environment = new MockActivityEnvironment({ activityType: 'copyChunks' });
  const door = new DoorInterceptor(environment.context, deps);
  const next = () => Promise.reject(new SluiceError('CONNECTION_LOST', 'It is gone.'));
  const attempt = door.execute(
    { args: [{ pipeline, target: 'copy', slug: 'public.t' }], headers: {} },
    next,
  );
  await expect(attempt).rejects.toBeInstanceOf(ApplicationFailure);
}
