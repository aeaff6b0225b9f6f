import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ControlFollower } from '../../../../src/activities/control/follow-control-tables.js';
import type { PipelineControl } from '../../../../src/activities/control/let-go.js';
import { SluiceError } from '../../../../src/core/errors.js';
import type { Logger } from '../../../../src/observability/logger.js';
import { ControlStore } from '../../../../src/session/control-store.js';
import { PipelineSession, readConfiguration } from '../../../../src/session/pipeline-session.js';
import { FakeControlTables } from '../../../support/control-tables.js';
import { FILE, MAPPING, mapping, SERVER, server } from '../../config/control-tables/rows.js';
import { inFolder } from '../../config/support.js';

const NAME = 'sourceserver1--sourcedb--destdb';
const ROWS = { servers: [SERVER], mappings: [MAPPING] };

/** What a client was asked for, with the answers a test gives. */
class FakeClient {
  readonly asked: string[] = [];
  status = 'NOT_FOUND';

  readonly control: PipelineControl = {
    pipelineState: () => Promise.resolve(this.#state()),
    laneState: () => Promise.resolve(this.#state()),
    startPipeline: (name) => {
      this.asked.push(`start ${name}`);
      this.status = 'RUNNING';
      return Promise.resolve({ workflowId: name, runId: '1' });
    },
    commandPipeline: (name, command) => {
      this.asked.push(`${command} ${name}`);
      return Promise.resolve({ accepted: true, message: '' });
    },
  };

  #state() {
    return { running: this.status === 'RUNNING', status: this.status, runId: null };
  }
}

/** Warnings and errors, as texts. */
function loggerInto(said: string[]): Logger {
  const ignore = (): void => undefined;
  const keep = (_: unknown, message?: string): void => void said.push(message ?? '');
  return { debug: ignore, info: ignore, warn: keep, error: keep };
}

interface World {
  readonly tables: FakeControlTables;
  readonly client: FakeClient;
  readonly follower: ControlFollower;
  readonly session: { configPath: string; control: ControlStore };
  readonly said: string[];
  /** Control tables in another database, from now on. */
  readonly move: () => FakeControlTables;
}

function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  return inFolder({ 'sluice.yaml': FILE }, async (cwd) => {
    const tables = new FakeControlTables();
    tables.content = ROWS;
    const client = new FakeClient();
    const session = { configPath: join(cwd, 'sluice.yaml'), control: new ControlStore() };
    const said: string[] = [];
    const logger = loggerInto(said);
    const deps = { session: { ...session, memory: new Map() }, client: client.control, logger };
    let present = tables;
    const move = () => (present = new FakeControlTables());
    const reader = { tables: () => Promise.resolve(present) };
    await work({
      tables,
      client,
      session,
      said,
      move,
      follower: new ControlFollower(deps, reader, true),
    });
  });
}

describe('a worker that follows control tables', () => {
  it('starts the pipelines of their rows, once', () =>
    inWorld(async ({ follower, client, tables, session }) => {
      await follower.look();
      await follower.look();
      expect(client.asked).toEqual([`start ${NAME}`]);
      expect(tables.prepared).toBe(1);
      expect(Object.keys(readConfiguration(session).config.pipelines)).toEqual([NAME]);
    }));

  it('leaves one alone that was stopped before it began, and starts what appears', () =>
    inWorld(async ({ follower, client, tables }) => {
      client.status = 'COMPLETED';
      await follower.look();
      expect(client.asked).toEqual([]);
      const other = { database: 'Other', schema: 'dbo', table: 'Users' };
      tables.content = { ...ROWS, mappings: [MAPPING, mapping({ mappingId: 2, target: other })] };
      await follower.look();
      expect(client.asked).toEqual(['start sourceserver1--sourcedb--other']);
    }));

  it('waits with a server that is switched off', () =>
    inWorld(async ({ follower, client, tables }) => {
      tables.content = { ...ROWS, servers: [server({ enabled: false })] };
      await follower.look();
      expect(client.asked).toEqual([]);
      tables.content = ROWS;
      await follower.look();
      expect(client.asked).toEqual([`start ${NAME}`]);
    }));

  it('stops a pipeline whose last mapping has left', () =>
    inWorld(async ({ follower, client, tables }) => {
      await follower.look();
      tables.content = { ...ROWS, mappings: [] };
      await follower.look();
      expect(client.asked).toEqual([`start ${NAME}`, `stop ${NAME}`]);
    }));

  it('stops nothing when the tables are suddenly empty', () =>
    inWorld(async ({ follower, client, tables }) => {
      await follower.look();
      tables.content = { servers: [], mappings: [] };
      await follower.look();
      expect(client.asked).toEqual([`start ${NAME}`]);
    }));

  it('stops nothing when the configuration leads to another database', () =>
    inWorld(async ({ follower, client, move }) => {
      await follower.look();
      move().content = { ...ROWS, mappings: [] };
      await follower.look();
      expect(client.asked).toEqual([`start ${NAME}`]);
    }));

  it('goes on with what was read last while the database is away, and says so once', () =>
    inWorld(async ({ follower, tables, session, said }) => {
      await follower.look();
      said.length = 0;
      tables.failure = new SluiceError('SERVER_UNREACHABLE', 'No server answers.');
      await follower.look();
      await follower.look();
      expect(said).toHaveLength(1);
      expect(said[0]).toContain('What they said last goes on.');
      expect(Object.keys(readConfiguration(session).config.pipelines)).toEqual([NAME]);
    }));

  it('does not stop the pipeline of a row that became unreadable, and names the row once', () =>
    inWorld(async ({ follower, client, tables, said }) => {
      await follower.look();
      tables.content = { ...ROWS, servers: [server({ connectionString: 'secret nonsense' })] };
      await follower.look();
      await follower.look();
      expect(client.asked).toEqual([`start ${NAME}`]);
      expect(said).toHaveLength(1);
      expect(said[0]).toContain('control tables, server 1 connection_string is no connection');
      expect(said.join('')).not.toContain('secret');
    }));

  it('says that nothing is known yet, where an activity comes before the first reading', () =>
    inWorld(async ({ session }) => {
      const opening = PipelineSession.use(session, NAME, 'test', () => Promise.resolve());
      await expect(opening).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    }));
});
