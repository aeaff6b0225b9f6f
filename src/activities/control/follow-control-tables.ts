/**
 * What a worker does with control tables: it reads them every few seconds, so that the configuration
 * has what their rows declare, starts the pipelines that appear, and lets those go whose last
 * mapping has left. A database that is away changes nothing: what was read last goes on.
 */
import { declaredPipelines } from '../../config/control-tables/drafts.js';
import { formatIssue } from '../../config/issue.js';
import { explainError, toSluiceError } from '../../core/errors.js';
import type { ControlTables } from '../../engines/contract/control-tables.js';
import {
  ControlReader,
  readRows,
  type ControlSessionOptions,
} from '../../session/control-reader.js';
import { readConfiguration } from '../../session/pipeline-session.js';
import type { Dependencies } from '../dependencies.js';
import { letGo, type PipelineControl } from './let-go.js';
import { ControlReporter } from './report-control.js';

/** With the two readings that a change of the configuration needs, well within ten seconds. */
const LOOK_EVERY_MS = 3_000;

export type FollowDependencies = Pick<Dependencies, 'logger'> & {
  readonly session: ControlSessionOptions;
  readonly client: PipelineControl;
};

export class ControlFollower {
  readonly #prepared = new WeakSet<ControlTables>();
  /** What was said of rows and of the database, so that each is said once. */
  readonly #told = new Set<string>();
  #trouble: string | null = null;
  #tables: ControlTables | null = null;
  /** Pipelines that rows declared while this worker ran; those of the first reading came before. */
  readonly #seen = new Set<string>();
  readonly #started = new Set<string>();
  #first = true;

  /** `starts`: whether this worker also starts pipelines, lets them go and reports on them. */
  constructor(
    private readonly deps: FollowDependencies,
    private readonly reader: Pick<ControlReader, 'tables'>,
    private readonly starts: boolean,
    private readonly reporter: ControlReporter | null = null,
  ) {}

  /** Never throws: what is wrong here must not disturb the worker. */
  async look(): Promise<void> {
    try {
      const tables = await this.reader.tables();
      if (tables === null) return;
      if (tables !== this.#tables) this.#beginWith(tables);
      await this.#prepare(tables);
      this.deps.session.control.keep(await readRows(tables));
      if (this.#trouble !== null) this.deps.logger.info({}, 'The control tables are read again.');
      this.#trouble = null;
      this.#tellIssues();
      if (!this.starts) return;
      await this.#startAndLetGo();
      this.reporter?.keep();
      await this.reporter?.reportRows(tables);
    } catch (thrown) {
      this.#tellTrouble(thrown);
    }
  }

  /** Another database: what it does not declare may have been meant to go on all the same. */
  #beginWith(tables: ControlTables): void {
    this.#tables = tables;
    this.#seen.clear();
    this.#first = true;
  }

  /** Where the worker may not make them, a DBA can: reading says whether they are there. */
  async #prepare(tables: ControlTables): Promise<void> {
    if (!this.starts || this.#prepared.has(tables)) return;
    try {
      await tables.prepare();
    } catch (thrown) {
      const error = toSluiceError(thrown);
      if (error.code !== 'PERMISSION_DENIED') throw error;
      this.deps.logger.warn({ code: error.code }, explainError(error));
    }
    this.#prepared.add(tables);
  }

  async #startAndLetGo(): Promise<void> {
    const { session, client, logger } = this.deps;
    const loaded = readConfiguration(session);
    for (const { name } of loaded.controlPipelines) {
      // A pipeline that leaves the rows is let go with what they said last.
      session.memory?.set(name, loaded);
      const appeared = !this.#first && !this.#seen.has(name);
      this.#seen.add(name);
      if (this.#started.has(name) || loaded.config.pipelines[name]?.enabled !== true) continue;
      if (appeared || (await client.pipelineState(name)).status === 'NOT_FOUND') {
        await client.startPipeline(name);
        logger.info({ pipeline: name }, 'Rows of the control tables declare it: it is started.');
      }
      this.#started.add(name);
    }
    this.#first = false;
    const { content } = session.control;
    // Tables that lost all their rows at once were emptied, restored or made anew: nobody meant that.
    if (content === undefined || content.servers.length === 0) return;
    await this.#letGo(declaredPipelines(content));
  }

  async #letGo(declared: ReadonlySet<string>): Promise<void> {
    for (const name of this.#seen) {
      if (declared.has(name)) continue;
      if (!(await letGo(this.deps, name))) continue;
      this.#seen.delete(name);
      this.#started.delete(name);
      this.deps.logger.info({ pipeline: name }, 'Its last mapping has left: it is detached.');
    }
  }

  #tellIssues(): void {
    const issues = readConfiguration(this.deps.session).rowIssues.map(({ issue }) => issue);
    const texts = issues.filter((issue) => issue.severity === 'error').map(formatIssue);
    for (const text of texts) if (!this.#told.has(text)) this.deps.logger.warn({}, text);
    this.#told.clear();
    for (const text of texts) this.#told.add(text);
  }

  #tellTrouble(thrown: unknown): void {
    const error = toSluiceError(thrown);
    const text = explainError(error);
    if (this.#trouble === text) return;
    this.#trouble = text;
    const read = this.deps.session.control.content !== undefined;
    const goesOn = read ? ' What they said last goes on.' : '';
    this.deps.logger.warn(
      { code: error.code },
      `The control tables could not be followed.${goesOn} ${text}`,
    );
  }
}

/** Looks at once, and then every few seconds until `stop`, which waits for a look under way. */
export function followControlTables(
  deps: FollowDependencies,
  starts: boolean,
): { readonly first: Promise<void>; stop(): Promise<void> } {
  const reader = new ControlReader(deps.session);
  const reporter = starts ? new ControlReporter(deps, reader) : null;
  const follower = new ControlFollower(deps, reader, starts, reporter);
  const first = follower.look();
  let looking: Promise<void> | null = null;
  const look = (): void => {
    looking ??= follower.look().finally(() => {
      looking = null;
    });
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    first,
    stop: async () => {
      clearInterval(timer);
      await first;
      await looking;
      await reporter?.stop();
      await reader.close();
    },
  };
}
