import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../../src/config/load.js';
import { engineConfigs } from '../../../src/engines/registry.js';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

const text = read('docker-compose.yml');
const compose = z
  .object({
    services: z.record(
      z.string(),
      z.object({
        image: z.string(),
        command: z.array(z.string()).optional(),
        restart: z.string(),
        healthcheck: z.object({ test: z.array(z.string()).min(2) }).optional(),
        environment: z.record(z.string(), z.string()).optional(),
        ports: z.array(z.string()).optional(),
        volumes: z.array(z.string()).optional(),
        depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
      }),
    ),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(parse(text, { merge: true }));
const services = Object.entries(compose.services);
const example = read('.env.example');

/** Names of `${NAME}`, `${NAME:-default}` and `${NAME:?message}`; a doubled dollar is the shell's. */
function references(source: string): string[] {
  const found = source.matchAll(/(?<!\$)\$\{(\w+)/g);
  return [...new Set([...found].map(([, name = '']) => name))];
}

describe('docker-compose.yml', () => {
  it('has Temporal, two servers of each engine, the worker and what ends by itself', () => {
    expect(services.map(([name]) => name).sort()).toEqual([
      'source',
      'sqlserver-sample',
      'sqlserver-source',
      'sqlserver-target',
      'start',
      'target',
      'temporal',
      'worker',
    ]);
  });

  it('has the service of Temporal and its Web UI at the ports that it tells', () => {
    const { command, ports } = compose.services.temporal ?? {};
    expect(command?.slice(0, 2)).toEqual(['server', 'start-dev']);
    expect(command).not.toContain('--headless');
    for (const port of ['7233', '8233']) expect(ports).toContain(`127.0.0.1:${port}:${port}`);
    expect(text).toContain('Web UI http://localhost:8233');
    expect(compose.services.worker?.environment?.TEMPORAL_ADDRESS).toBe('temporal:7233');
  });

  it('asks every service that goes on whether it is well', () => {
    const going = services.filter(([, { restart }]) => restart === 'unless-stopped');
    expect(going.length).toBeGreaterThan(4);
    for (const [, { healthcheck }] of going) expect(healthcheck).toBeDefined();
  });

  it('runs the SQL Servers with their Agent, which captures changes', () => {
    for (const name of ['sqlserver-source', 'sqlserver-target']) {
      expect(compose.services[name]?.environment).toMatchObject({ MSSQL_AGENT_ENABLED: 'true' });
    }
  });

  it('loads the sample once, with what sqlcmd needs for a filtered index and a new certificate', () => {
    const { command = [], volumes = [], restart } = compose.services['sqlserver-sample'] ?? {};
    expect([command.at(-1), volumes, restart]).toEqual([
      '/sample/load.sh',
      ['./config/sample/sqlserver:/sample:ro'],
      'no',
    ]);
    const load = read('config/sample/sqlserver/load.sh');
    expect(read('config/sample/sqlserver/schema.sql')).toMatch(/CREATE INDEX .* WHERE /);
    expect(load).toMatch(/^ {2}\/opt\/mssql-tools18\/bin\/sqlcmd -C -b -I /m);
    const [, names = ''] = /^for script in (.*); do$/m.exec(load) ?? [];
    const scripts = names.split(' ').map((name) => `config/sample/sqlserver/${name}.sql`);
    expect(scripts.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
  });

  it.each(services)('pins the image of %s to a whole version', (_name, service) => {
    expect(service.image).toMatch(/^[\w./-]+:(\d+\.\d+(\.\d+)?|\d{4}-CU\d+)(-[\w.-]+)?$/);
  });

  it('runs both PostgreSQL servers with logical decoding', () => {
    for (const name of ['source', 'target']) {
      expect(compose.services[name]?.command).toContain('wal_level=logical');
    }
  });

  it('lets the worker wait until all that it needs is healthy', () => {
    const { depends_on: needs = {} } = compose.services.worker ?? {};
    expect(needs).toEqual({
      temporal: { condition: 'service_healthy' },
      source: { condition: 'service_healthy' },
      target: { condition: 'service_healthy' },
      'sqlserver-target': { condition: 'service_healthy' },
      'sqlserver-sample': { condition: 'service_completed_successfully' },
    });
  });

  it('publishes every port to this machine alone', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('names each of its volumes, and each folder that it mounts exists', () => {
    const sources = services
      .flatMap(([, service]) => service.volumes ?? [])
      .map((volume) => volume.split(':')[0] ?? '');
    const [folders, volumes] = [true, false].map((local) =>
      sources.filter((source) => source.startsWith('.') === local),
    );
    expect([...new Set(volumes)].sort()).toEqual(Object.keys(compose.volumes).sort());
    expect(folders?.filter((folder) => !existsSync(new URL(folder, ROOT)))).toEqual([]);
  });

  it('needs nothing but itself, and every variable that it reads is in .env.example', () => {
    const missing = references(text).filter((name) => !example.includes(`\n${name}=`));
    expect(missing).toEqual([]);
    for (const [, { environment = {} }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (name.endsWith('PASSWORD')) expect(value).toMatch(/^\$\{\w+:-[\w-]{8,}\}$/);
      }
    }
  });

  it('runs a valid configuration that reads what the worker is given', () => {
    const { environment = {} } = compose.services.worker ?? {};
    const path = fileURLToPath(new URL('config/docker/sluice.yaml', ROOT));
    const { config } = loadConfig({ engines: engineConfigs, path, env: { ...environment } });
    expect(Object.keys(config.pipelines)).toEqual(['company', 'shop']);
    const wanted = references(read('config/docker/sluice.yaml'));
    expect(wanted.filter((name) => !(name in environment))).toEqual([]);
    for (const { host } of Object.values(config.connections).map((one) =>
      z.looseObject({ host: z.string() }).parse(one),
    )) {
      expect(Object.keys(compose.services)).toContain(host);
    }
  });
});

describe('the Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  it('starts every stage from a pinned image', () => {
    const froms = lines.filter((line) => line.startsWith('FROM '));
    expect(froms.length).toBeGreaterThan(1);
    for (const from of froms)
      expect(from).toMatch(/^FROM [\w./-]+:\d+\.\d+\.\d+-[\w-]+( AS \w+)?$/);
  });

  it('runs as somebody else than root, below a process that passes signals on', () => {
    const last = lines.findLastIndex((line) => line.startsWith('FROM '));
    const stage = lines.slice(last).join('\n');
    expect(stage).toMatch(/^USER (?!root)\w+$/m);
    expect(stage).toMatch(/^ENTRYPOINT \["tini", "--"\]$/m);
    expect(stage.indexOf('\nUSER ')).toBeLessThan(stage.indexOf('\nENTRYPOINT '));
  });

  it('copies only what .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1))
      .map((name) => name.replace('*', ''));
    expect(copied.filter((name) => !allowed.includes(name))).toEqual([]);
  });
});
