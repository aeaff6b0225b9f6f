import { DEFAULTS } from './defaults.js';
import type { SluiceConfig } from './schema.js';
import { defaultTlsMode } from './tls-default.js';

type Map = Readonly<Record<string, unknown>>;

function asMap(value: unknown): Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Map) : {};
}

/** Written values over defaults, both as a person writes them (`30s`, not 30000). */
function over(defaults: Map, written: Map): Map {
  const merged: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(written)) {
    const below = merged[key];
    const nested = typeof below === 'object' && below !== null && !Array.isArray(below);
    merged[key] = nested ? over(asMap(below), asMap(value)) : value;
  }
  return merged;
}

function endpoint(name: string | undefined, written: unknown, defaults: Map): Map {
  const connection = typeof written === 'string' ? written : name;
  const keys = typeof written === 'object' ? asMap(written) : {};
  return over(connection === undefined ? defaults : { connection, ...defaults }, keys);
}

function connection(written: unknown): Map {
  const map = asMap(written);
  const { tlsMode: _, localTlsMode: __, ...rest } = DEFAULTS.connection;
  const { connectTimeout, applicationName, ...others } = rest;
  const { host } = map;
  const mode = defaultTlsMode(typeof host === 'string' ? host : undefined);
  // A URL may say these three itself, and it is not looked into here.
  const perUrl = { connectTimeout, applicationName, tls: { mode } };
  return over('url' in map ? others : { ...others, ...perUrl }, map);
}

function pipeline(written: unknown): Map {
  const map = asMap(written);
  const { source, targets, tables, defaults, ...rest } = map;
  const list = Array.isArray(targets)
    ? targets.map((name) => [String(name), String(name)])
    : undefined;
  const named = list ?? Object.entries(asMap(targets));
  const { verification, parkedMax, ...tableDefaults } = DEFAULTS.table;
  return {
    ...over({ ...DEFAULTS.pipeline, verification, parkedMax }, rest),
    source: endpoint(undefined, source, { ...DEFAULTS.source, care: DEFAULTS.care }),
    targets: Object.fromEntries(
      named.map(([name, value]) => [name, endpoint(undefined, value, DEFAULTS.target)]),
    ),
    tables: over({ exclude: [] }, asMap(tables)),
    defaults: over(tableDefaults, asMap(defaults)),
  };
}

/**
 * The config as it would read if every default had been written into it. `config` vouches that the
 * raw value has been checked.
 */
export function shownDefaults(raw: unknown, config: SluiceConfig): Map {
  const { connections, pipelines } = asMap(raw);
  const each = (section: unknown, names: object, fill: (value: unknown) => Map) =>
    Object.fromEntries(Object.keys(names).map((name) => [name, fill(asMap(section)[name])]));
  return {
    version: config.version,
    connections: each(connections, config.connections, connection),
    pipelines: each(pipelines, config.pipelines, pipeline),
  };
}
