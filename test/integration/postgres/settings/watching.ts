import type { MetricMeter } from '@temporalio/common';
import { noopMetricMeter } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Dependencies } from '../../../../src/activities/dependencies.js';
import { watchActivities } from '../../../../src/activities/watch/watch.js';
import { configRevision } from '../../../../src/config/revision.js';
import { followActivities } from '../../../../src/activities/watch/follow-target.js';
import type { FollowRequest, FollowResult, WatchResult } from '../../../../src/core/protocol.js';
import { createLogger } from '../../../../src/observability/logger.js';
import { PipelineSession } from '../../../../src/session/pipeline-session.js';
import type { Shop } from '../watermark/activity-fixture.js';

export interface Watch {
  readonly ended: Promise<WatchResult>;
  /** Values of a gauge, the newest last. */
  readonly away: readonly number[];
}

/** The watch of a pipeline, until it brings a command; `closing` gets what ends it before. */
export async function watch(opened: Shop, closing: (() => void)[]): Promise<Watch> {
  const away: number[] = [];
  const metricMeter: MetricMeter = {
    createCounter: (...args) => noopMetricMeter.createCounter(...args),
    createHistogram: (...args) => noopMetricMeter.createHistogram(...args),
    createGauge: (name, ...more) => ({
      ...noopMetricMeter.createGauge(name, ...more),
      set: (value: number) => {
        if (name === 'sluice_target_away') away.push(value);
      },
    }),
    withTags: () => metricMeter,
  };
  const session = { configPath: opened.configPath };
  const deps = { session, logger: createLogger('silent') } as unknown as Dependencies;
  const revision = await PipelineSession.use(session, opened.pipeline, 'test', (open) =>
    Promise.resolve(configRevision(open.config)),
  );
  const stopping = new AbortController();
  closing.push(() => {
    stopping.abort();
  });
  const once = async (trouble: readonly string[]): Promise<WatchResult> => {
    const environment = new MockActivityEnvironment(undefined, { metricMeter });
    stopping.signal.addEventListener('abort', () => {
      environment.cancel();
    });
    const run = async (): Promise<WatchResult> =>
      watchActivities(deps).watchPipeline({
        pipeline: opened.pipeline,
        revision,
        trouble,
        apart: true,
      });
    return environment.run<[], WatchResult, typeof run>(run);
  };
  // As its workflow does it, which remembers what is in trouble.
  const untilAsked = async (): Promise<WatchResult> => {
    for (let trouble: readonly string[] = []; ;) {
      const found = await once(trouble);
      if (found.commands.length > 0 || stopping.signal.aborted) return found;
      trouble = found.trouble ?? [];
    }
  };
  const ended = untilAsked();
  ended.catch(() => undefined);
  return { ended, away };
}

/** What its workflow has beside the watch, for one target; `closing` gets what ends it. */
export function follow(
  opened: Shop,
  what: FollowRequest['what'],
  closing: (() => void)[],
): { readonly ended: Promise<FollowResult>; readonly cancel: () => void } {
  const session = { configPath: opened.configPath };
  const deps = { session, logger: createLogger('silent') } as unknown as Dependencies;
  const environment = new MockActivityEnvironment();
  const cancel = (): void => {
    environment.cancel();
  };
  closing.push(cancel);
  const run = async (): Promise<FollowResult> =>
    followActivities(deps).followTarget({ pipeline: opened.pipeline, target: 'copy', what });
  const ended = environment.run<[], FollowResult, typeof run>(run);
  ended.catch(() => undefined);
  return { ended, cancel };
}
