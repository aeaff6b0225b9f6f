import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../../src/config/defaults.js';
import { configJsonSchema } from '../../../src/config/json-schema.js';
import { loadConfig } from '../../../src/config/load.js';
import { configReferenceDoc } from '../../../src/config/reference-doc.js';
import { engineConfigs } from '../../../src/engines/registry.js';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const examples = readdirSync(new URL('config/', ROOT)).filter((name) => name.endsWith('.yaml'));
const schema = configJsonSchema(engineConfigs);

/** Every property of the schema with its path, each definition once. */
function properties(node: unknown, path = ''): { path: string; node: Record<string, unknown> }[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, inner]) => {
    const nested = properties(inner, `${path}/${key}`);
    if (key !== 'properties') return nested;
    const own = Object.entries(inner as Record<string, Record<string, unknown>>);
    return [...own.map(([name, value]) => ({ path: `${path}/${name}`, node: value })), ...nested];
  });
}

describe('generated files', () => {
  it('config/schema.json is current (node tools/generate-docs.mjs)', () => {
    expect(JSON.parse(read('config/schema.json'))).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  it('docs/configuration.md is current (node tools/generate-docs.mjs)', () => {
    expect(read('docs/configuration.md')).toBe(configReferenceDoc(engineConfigs));
  });

  it('every key has a description', () => {
    const silent = properties(schema).filter(({ node }) => typeof node.description !== 'string');
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('every default reaches the reference', () => {
    const doc = configReferenceDoc(engineConfigs);
    const texts = (value: object): unknown[] =>
      Object.values(value).flatMap((inner: unknown) =>
        typeof inner === 'object' && inner !== null ? texts(inner) : [inner],
      );
    expect(texts(DEFAULTS).filter((value) => !doc.includes(`\`${String(value)}\``))).toEqual([]);
  });
});

describe('the examples', () => {
  it.each(examples)('%s is valid, points to the schema and is marked as an example', (name) => {
    const text = read(`config/${name}`);
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./schema.json');
    const cwd = fileURLToPath(new URL('config/', ROOT));
    const { issues, config } = loadConfig({ engines: engineConfigs, cwd, path: name, env: {} });
    expect(issues).toEqual([]);
    // Control tables declare theirs in rows.
    const pipelines = Object.keys(config.pipelines);
    expect(pipelines).toHaveLength(config.controlTables === undefined ? 1 : 0);
    expect(text).toMatch(/^example: true$/m);
  });

  it('use no variable that .env.example does not name', () => {
    const named: readonly string[] = read('.env.example').match(/^[A-Z_]+(?==)/gm) ?? [];
    const used = examples.flatMap((name) =>
      [...read(`config/${name}`).matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1]),
    );
    expect(used.filter((name) => name === undefined || !named.includes(name))).toEqual([]);
  });
});
