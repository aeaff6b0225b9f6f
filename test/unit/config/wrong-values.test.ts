/** Every key of the configuration, given values of a wrong kind: what to write is said of each. */
import { describe, expect, it } from 'vitest';
import { formatIssue } from '../../../src/config/issue.js';
import { configJsonSchema, type JsonSchema } from '../../../src/config/json-schema.js';
import { engineConfigs } from '../../../src/engines/registry.js';
import { check } from './support.js';

type Keys = readonly string[];
type Tree = Record<string, unknown>;
type Part = JsonSchema | boolean;

/** What stands for the names that a person gives. */
const NAMES: Readonly<Record<string, string>> = {
  pipelines: 'shop',
  targets: 'replica',
  settings: 'public.o',
  session: 'work_mem',
};
const WRONG: readonly unknown[] = [null, [], [[]], {}, { x: 1 }, '', 'non sense', -1, 1.5, true];
/** Words of the library that checks values, and of JavaScript. */
const RAW = /Invalid|expected|received|Too (small|big)|undefined|\[object|NaN|Unrecognized/;

const root = configJsonSchema(engineConfigs);
const definitions = (root.definitions ?? {}) as Readonly<Record<string, JsonSchema>>;

function resolved(schema: Part): JsonSchema {
  if (typeof schema === 'boolean') return {};
  const name = schema.$ref?.replace('#/definitions/', '');
  const inner = schema.allOf?.[0];
  if (inner !== undefined) return resolved(inner);
  return name === undefined ? schema : resolved(definitions[name] ?? {});
}

/** A connection for each kind of server. */
const CONNECTIONS = ['postgres', 'sqlserver'];

function alternatives(schema: Part): JsonSchema[] {
  const found = resolved(schema);
  const choices = found.oneOf ?? found.anyOf;
  return choices === undefined ? [found] : choices.flatMap(alternatives);
}

function paths(schema: Part, at: Keys): Keys[] {
  return alternatives(schema).flatMap((one) => {
    const own = Object.entries(one.properties ?? {}).flatMap(([key, inner]) => [
      [...at, key],
      ...paths(inner, [...at, key]),
    ]);
    const { additionalProperties: more } = one;
    const key = at.at(-1) ?? '';
    if (typeof more !== 'object') return own;
    if (key === 'connections') {
      const kinds = alternatives(more);
      return CONNECTIONS.flatMap((name, n) => paths(kinds[n] ?? {}, [...at, name]));
    }
    const name = NAMES[key];
    return name === undefined ? own : [...own, [...at, name], ...paths(more, [...at, name])];
  });
}

function base(): Tree {
  const at = { host: 'h', database: 'd' };
  const connections = CONNECTIONS.map((engine) => [engine, { engine, ...at }] as const);
  return {
    version: 1,
    connections: { ...Object.fromEntries(connections), replica: { engine: 'postgres', ...at } },
    pipelines: {
      shop: {
        source: { connection: 'postgres' },
        targets: { replica: { connection: 'replica' } },
        tables: { include: ['public.*'] },
      },
    },
  };
}

function withValue(path: Keys, value: unknown): string {
  const config = base();
  let place = config;
  for (const key of path.slice(0, -1)) {
    const inner = (place[key] ?? {}) as Tree;
    place[key] = inner;
    place = inner;
  }
  place[path.at(-1) ?? ''] = value;
  return JSON.stringify(config);
}

const all = [...new Set(paths(root, []).map((path) => path.join(' ')))];

describe('a wrong value is told with its place and what to write', () => {
  it('of every key that there is', () => {
    expect(all.length).toBeGreaterThan(100);
    for (const path of [
      'connections postgres tls mode',
      'connections sqlserver pool max',
      'pipelines shop tables settings public.o verification every',
    ]) {
      expect(all).toContain(path);
    }
  });

  it.each(all)('%s', (path) => {
    const told = WRONG.map((value) => {
      const { issues } = check({ 'sluice.json': withValue(path.split(' '), value) });
      return issues.filter(({ severity }) => severity === 'error').map(formatIssue);
    });
    expect(told.some((errors) => errors.length > 0)).toBe(true);
    for (const error of told.flat()) {
      expect(error).toMatch(/^sluice\.json:\d+:\d+ \S+ .*; \S.*\.$/);
      expect(error).not.toMatch(RAW);
    }
  });
});
