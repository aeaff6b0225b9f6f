import { DefaultLogger, Runtime } from '@temporalio/worker';

/** Failures are what these tests are about: nothing of them is printed. */
Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  shutdownSignals: [],
});
