/**
 * Writes what happens to the pipelines of control tables beside their rows: a look at every
 * destination every few seconds. Several workers may do so: what is reported twice changes nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { toSluiceError } from '../../core/errors.js';
import type { ControlPipeline } from '../../config/control-tables/made.js';
import { issueError } from '../../session/control-issues.js';
import { askFrom, ControlNews, isEmpty } from '../../session/control-news.js';
import { reportOf, type DestinationState } from '../../session/control-report.js';
import type { ControlReport, ControlTables } from '../../engines/contract/control-tables.js';
import type { ControlReader } from '../../session/control-reader.js';
import { PipelineSession, readConfiguration } from '../../session/pipeline-session.js';
import type { FollowDependencies } from './follow-control-tables.js';

const LOOK_EVERY_MS = 5_000;
/** Connections are opened anew this often, with the configuration as it is then. */
const SESSION_MS = 5 * 60_000;
/** The newest at one look; what a long absence left behind these stays in the destination. */
const LIMITS = { fullSyncs: 200, events: 10_000, errors: 200, verifications: 2_000, keys: 1_000 };

/** Errors of rows themselves belong to no pipeline. */
const ROWS = 'control tables';

export class ControlReporter {
  readonly #running = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #rows = new ControlNews();

  constructor(
    private readonly deps: FollowDependencies,
    private readonly reader: Pick<ControlReader, 'tables'>,
  ) {}

  /** Begin with pipelines that have appeared; those that left end by themselves. */
  keep(): void {
    for (const { name } of this.#pipelines()) {
      if (this.#running.has(name) || this.#stop.signal.aborted) continue;
      const loop = this.#follow(name).finally(() => this.#running.delete(name));
      this.#running.set(name, loop);
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running.values());
  }

  /** What is wrong with rows, in the table of errors. */
  async reportRows(tables: ControlTables): Promise<void> {
    const now = new Date();
    const errors = readConfiguration(this.deps.session)
      .rowIssues.filter(({ issue }) => issue.severity === 'error')
      .map((one) => issueError(one, now));
    await say(tables, ROWS, this.#rows, { statuses: [], logs: [], errors, verifications: [] });
  }

  #pipelines(): readonly ControlPipeline[] {
    return readConfiguration(this.deps.session).controlPipelines;
  }

  #find(name: string): ControlPipeline | undefined {
    return this.#pipelines().find((one) => one.name === name);
  }

  async #follow(name: string): Promise<void> {
    const news = new ControlNews();
    while (!this.#stop.signal.aborted) {
      try {
        if (this.#find(name) === undefined) return;
        await PipelineSession.use(this.deps.session, name, 'report', (session) =>
          this.#looks(session, news),
        );
      } catch (thrown) {
        const { code } = toSluiceError(thrown);
        this.deps.logger.debug({ pipeline: name, code }, 'Nothing could be reported.');
        await this.#pause();
      }
    }
  }

  async #looks(session: PipelineSession, news: ControlNews): Promise<void> {
    const until = Date.now() + SESSION_MS;
    while (Date.now() < until && !this.#stop.signal.aborted) {
      const pipeline = this.#find(session.pipeline);
      const tables = await this.reader.tables();
      if (pipeline === undefined || tables === null) return;
      await reportPipeline(session, pipeline, tables, news);
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    await delay(LOOK_EVERY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

/** One look at a pipeline's destination, and one transaction in the control tables. */
export async function reportPipeline(
  session: PipelineSession,
  pipeline: ControlPipeline,
  tables: ControlTables,
  news: ControlNews,
): Promise<void> {
  const reported = await tables.reportedUpTo(pipeline.name);
  for (const target of session.targetNames) {
    const state = await look(session, target, reported);
    if (state === null) continue;
    await say(tables, pipeline.name, news, reportOf(pipeline, state, new Date()));
  }
}

async function say(
  tables: ControlTables,
  name: string,
  memory: ControlNews,
  report: ControlReport,
): Promise<void> {
  const { all, news } = memory.of(report, new Date());
  if (!isEmpty(news)) await tables.report(name, news);
  memory.said(all);
}

async function look(
  session: PipelineSession,
  target: string,
  reported: { readonly eventId: string; readonly verificationId: string },
): Promise<DestinationState | null> {
  const { pipeline } = session;
  const { state } = await session.target(target);
  const { history } = state;
  if ((await history.version()) === 0) return null;
  const tables = await state.tables.list(pipeline);
  const copyStarted = new Map<string, Date>();
  for (const row of tables.filter((one) => one.phase !== 'streaming')) {
    const at = await state.chunks.startedAt(row.tableId, row.epoch);
    if (at !== null) copyStarted.set(row.tableId, at);
  }
  const since = (id: string, limit: number) => ({ pipeline, after: askFrom(id), limit });
  return {
    tables,
    copyStarted,
    changes: await history.changeCounts(pipeline),
    fullSyncs: await history.fullSyncs(pipeline, LIMITS.fullSyncs),
    events: await history.events(since(reported.eventId, LIMITS.events)),
    errors: await history.errors({ pipeline, open: false, limit: LIMITS.errors }),
    verifications: await history.verifications(
      since(reported.verificationId, LIMITS.verifications),
    ),
    differences: await history.differences(pipeline, LIMITS.keys),
  };
}
