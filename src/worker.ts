/**
 * The worker process: serves the task queues of its roles, reports metrics, and drains when told to
 * stop. It keeps nothing that its successor could not read in Temporal or in the target.
 */
import { hostname } from 'node:os';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import type { Dependencies } from './activities/dependencies.js';
import { DoorInterceptor } from './activities/error-interceptor.js';
import { FailureLog } from './activities/failure-log.js';
import { createActivities, type Registry } from './activities/index.js';
import { followControlTables } from './activities/control/follow-control-tables.js';
import { watchAbandoned } from './activities/watch/watch-abandoned.js';
import { SluiceClient } from './client.js';
import { LANES_PER_WORKER } from './core/choose-lanes.js';
import { connectError } from './client/connect-errors.js';
import { temporalSettings, type TemporalSettings } from './client/connection-options.js';
import { keepSessions } from './engines/kept-sessions.js';
import { TASK_QUEUES } from './core/ids.js';
import { sayLastWords } from './observability/last-words.js';
import { createLogger, type LogLevel } from './observability/logger.js';
import { closeEach, runRoles } from './run-roles.js';
import { ControlStore } from './session/control-store.js';

export const ROLES = ['control', 'copy', 'stream', 'verify'] as const;
export type Role = (typeof ROLES)[number];

export interface WorkerSettings {
  readonly configPath?: string;
  readonly roles: readonly Role[];
  readonly env: NodeJS.ProcessEnv;
  readonly logLevel: LogLevel;
  /** Prometheus metrics of the process; absent: none. */
  readonly metricsPort?: number;
}

/**
 * Slots per role: streams hold theirs for hours, so there is one for every lane and poll loop; of
 * those of control each pipeline holds one, and two for each of its targets.
 */
const SLOTS: Readonly<Record<Role, number>> = {
  control: 400,
  copy: 64,
  stream: LANES_PER_WORKER,
  verify: 16,
};
/** Long activities see the request to stop within one batch; then they have this long. */
const SHUTDOWN_GRACE = '10s';
const SHUTDOWN_FORCE = '60s';
/** Heartbeats reach the service at least this often, so that commands reach long activities. */
const MAX_HEARTBEAT_THROTTLE = '2s';
/**
 * How much the heap may grow before V8 looks for what is garbage in it. Left to itself it waits until
 * a small heap is several times as large, and rows on their way pile up as garbage: a copy of
 * SQL Server with eight hands had its peak at 425 MB, with 80 % at 302 MB, with 30 % at 279 MB.
 */
const HEAP_GROWING_PERCENT = 40;
/** How long a workflow waits for the worker that last had it, before any other may go on. */
const STICKY_TIMEOUT = '3s';

export interface RunningWorker {
  /** Resolves when every role has drained. */
  readonly done: Promise<void>;
  shutdown(): void;
}

/** Serve until SIGINT or SIGTERM. Throws TEMPORAL_UNREACHABLE when there is no service. */
export async function runWorker(settings: WorkerSettings): Promise<void> {
  installRuntime(settings);
  const logger = createLogger(settings.logLevel);
  sayLastWords((sentence, cause) => logger.error({ cause }, sentence));
  const worker = await startWorker(settings, logger);
  await worker.done;
}

/** The same inside a process that installed its own Temporal runtime (tests, `sluice dev`). */
export async function startWorker(
  settings: WorkerSettings,
  logger = createLogger(settings.logLevel),
): Promise<RunningWorker> {
  const temporal = temporalSettings(settings.env);
  const client = await SluiceClient.connect(temporal);
  const connection = await connect(temporal);
  const closeKept = keepSessions();
  let follower: ReturnType<typeof followControlTables> | null = null;
  try {
    const attributes = await client.ensureSearchAttributes();
    const worker = `${hostname()}-${process.pid}`;
    const session = {
      memory: new Map(),
      control: new ControlStore(),
      ...(settings.configPath === undefined ? {} : { configPath: settings.configPath }),
    };
    const failures = new FailureLog();
    const deps: Dependencies = { session, client, logger, failures, worker, attributes };
    follower = followControlTables({ ...deps, session }, settings.roles.includes('control'));
    // Activities that come at once find what the rows declare.
    await follower.first;
    const activities = createActivities(deps);
    const bundle = settings.roles.includes('control') ? await workflowBundle() : null;
    const workers: Worker[] = [];
    for (const role of settings.roles) {
      workers.push(await createRole(role, { connection, temporal, activities, bundle, deps }));
    }
    logger.info({ worker, roles: settings.roles, attributes }, 'The worker is ready.');
    const running = runRoles(workers);
    const idle = settings.roles.includes('control') ? watchAbandoned(deps) : null;
    return {
      done: running.ended.then(
        async () => closeEach([() => idle?.stop(), ...closing()]),
        async (error: unknown) => {
          await closeEach([() => idle?.stop(), ...closing()]).catch(() => undefined);
          throw error;
        },
      ),
      shutdown: () => running.shutdown(),
    };
  } catch (error) {
    // What is wrong with the end says less: a connection that roles hold cannot be closed.
    await closeEach(closing()).catch(() => undefined);
    throw error;
  }

  function closing(): readonly (() => unknown)[] {
    return [() => follower?.stop(), closeKept, () => client.close(), () => connection.close()];
  }
}

interface RoleParts {
  readonly connection: NativeConnection;
  readonly temporal: TemporalSettings;
  readonly activities: Registry;
  readonly bundle: WorkflowBundleWithSourceMap | { readonly codePath: string } | null;
  readonly deps: Dependencies;
}

async function createRole(role: Role, parts: RoleParts): Promise<Worker> {
  const { connection, temporal, activities, bundle, deps } = parts;
  const options: WorkerOptions = {
    connection,
    namespace: temporal.namespace,
    taskQueue: TASK_QUEUES[role],
    activities: { ...activities[role] },
    maxConcurrentActivityTaskExecutions: SLOTS[role],
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
    maxHeartbeatThrottleInterval: MAX_HEARTBEAT_THROTTLE,
    interceptors: {
      activity: [(context) => ({ inbound: new DoorInterceptor(context, deps) })],
    },
  };
  if (role !== 'control' || bundle === null) return Worker.create(options);
  return Worker.create({
    ...options,
    workflowBundle: bundle,
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
  });
}

async function connect(temporal: TemporalSettings): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(temporal.connection);
  } catch (cause) {
    throw connectError(temporal, cause);
  }
}

/** Built once by `npm run build`; made here when the sources run as they are. */
async function workflowBundle(): Promise<
  WorkflowBundleWithSourceMap | { readonly codePath: string }
> {
  const built = fileURLToPath(new URL('./workflow-bundle.js', import.meta.url));
  if (existsSync(built)) return { codePath: built };
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const workflowsPath = fileURLToPath(new URL(`./workflows/index.${extension}`, import.meta.url));
  const payloadConverterPath = fileURLToPath(
    new URL(`./workflows/payload-converter.${extension}`, import.meta.url),
  );
  const logger = new DefaultLogger('ERROR');
  return bundleWorkflowCode({ workflowsPath, payloadConverterPath, logger });
}

function installRuntime(settings: WorkerSettings): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
  const { metricsPort } = settings;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    shutdownSignals: ['SIGINT', 'SIGTERM'],
    ...(metricsPort === undefined
      ? {}
      : {
          telemetryOptions: {
            metrics: { prometheus: { bindAddress: `127.0.0.1:${metricsPort}` } },
          },
        }),
  });
}
