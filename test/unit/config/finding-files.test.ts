import { describe, expect, it } from 'vitest';
import { formatIssue } from '../../../src/config/issue.js';
import { loadConfig, readConfig } from '../../../src/config/load.js';
import { engineConfigs } from '../../../src/engines/registry.js';
import { CONNECTIONS, VALID, check, inFolder } from './support.js';

const named = (name: string) => VALID.replace('shop:', `${name}:`);
const only = (name: string) =>
  `version: 1\npipelines:\n  ${name}: { source: shopDb, targets: [replica], tables: { include: [a.b] } }\nconnections: {}\n`;
const engines = engineConfigs;
const pipelines = (cwd: string, options: { path?: string; env?: Record<string, string> } = {}) =>
  Object.keys(loadConfig({ engines, cwd, env: {}, ...options }).config.pipelines);

describe('the config is found', () => {
  const files = {
    'a.yaml': named('a'),
    'b.yaml': named('b'),
    'sluice.yaml': named('c'),
    'config/d.yaml': named('d'),
  };

  it('by --config, then SLUICE_CONFIG, then ./sluice.yaml, then ./config/', async () => {
    await inFolder(files, (cwd) => {
      expect(pipelines(cwd, { path: 'a.yaml', env: { SLUICE_CONFIG: 'b.yaml' } })).toEqual(['a']);
      expect(pipelines(cwd, { env: { SLUICE_CONFIG: 'b.yaml' } })).toEqual(['b']);
      expect(pipelines(cwd)).toEqual(['c']);
    });
    await inFolder({ 'config/d.yaml': named('d') }, (cwd) => expect(pipelines(cwd)).toEqual(['d']));
  });

  it('by SLUICE_CONFIG in .env, which the real environment overrides', async () => {
    await inFolder({ ...files, '.env': 'SLUICE_CONFIG=a.yaml\n' }, (cwd) => {
      expect(pipelines(cwd)).toEqual(['a']);
      expect(pipelines(cwd, { env: { SLUICE_CONFIG: 'b.yaml' } })).toEqual(['b']);
    });
  });

  it('or the error says where it was looked for', async () => {
    await inFolder({}, (cwd) => {
      expect(() => pipelines(cwd)).toThrow(/neither .*sluice\.yaml nor the folder .*config/);
      expect(() => pipelines(cwd, { path: 'x.yaml' })).toThrow(/--config names .*x\.yaml/);
    });
  });

  it('as JSON with tabs, and with a byte order mark', async () => {
    const json = JSON.stringify(
      { version: 1, $schema: './schema.json', connections: {}, pipelines: {} },
      null,
      '\t',
    );
    await inFolder({ 'sluice.yaml': `\uFEFF${json}` }, (cwd) => expect(pipelines(cwd)).toEqual([]));
  });
});

describe('a folder', () => {
  it('is all its files together, and what one declares another may use', async () => {
    const files = {
      'c/1.yaml': VALID,
      'c/2.yml': only('two'),
      'c/3.json': `{"version":1,"connections":{},"pipelines":{}}`,
    };
    await inFolder(files, (cwd) => expect(pipelines(cwd, { path: 'c' })).toEqual(['shop', 'two']));
  });

  it('passes over examples, JSON Schemas and folders inside, and says so', async () => {
    const schema = '{"$schema":"http://json-schema.org/draft-07/schema#"}';
    const files = {
      'c/1.yaml': VALID,
      'c/e.yaml': `example: true\n${VALID}`,
      'c/s.json': schema,
      'c/x/y.yaml': VALID,
    };
    await inFolder(files, (cwd) => {
      const reading = readConfig({ engines, cwd, path: 'c', env: {} });
      expect(reading.issues).toEqual([]);
      expect(reading.skipped.map(({ file }) => file)).toEqual(['c/e.yaml', 'c/s.json']);
    });
  });

  it('named ./config by habit only counts with what declares pipelines', async () => {
    const files = {
      'config/1.yaml': VALID,
      'config/other.yaml': 'database: x\n',
      'config/bad.yaml': '{{\n',
    };
    await inFolder(files, (cwd) => {
      expect(pipelines(cwd)).toEqual(['shop']);
      expect(() => pipelines(cwd, { path: 'config' })).toThrow(/config\/bad\.yaml:\d/);
    });
  });

  it('with nothing but examples holds no config', async () => {
    await inFolder({ 'config/1.yaml': `example: true\n${VALID}` }, (cwd) => {
      expect(() => pipelines(cwd)).toThrow(/holds no config .*example/);
      expect(pipelines(cwd, { path: 'config/1.yaml' })).toEqual(['shop']);
    });
  });
});

describe('a name that two files declare', () => {
  it('is an error that names both', () => {
    const { config, issues } = check({ 'a.yaml': VALID, 'b.yaml': VALID });
    expect(config).toBeUndefined();
    expect(issues.map(formatIssue)).toEqual([
      expect.stringContaining(
        'b.yaml:4:3 connections.shopDb is declared twice, here and in a.yaml:4',
      ),
      expect.stringContaining(
        'b.yaml:5:3 connections.replica is declared twice, here and in a.yaml:5',
      ),
      expect.stringContaining('b.yaml:8:3 pipelines.shop is declared twice, here and in a.yaml:8'),
    ]);
  });

  it('leaves every other error in the file that it stands in', () => {
    const wrong = `version: 1\npipelines:\n  two:\n    sorce: shopDb\n    targets: [replica]\n    tables: { include: [a.b] }\n`;
    const { issues } = check({ 'a.yaml': `${CONNECTIONS}pipelines: {}\n`, 'b.yaml': wrong });
    expect(issues.map(formatIssue)).toEqual([
      expect.stringContaining('b.yaml:4:5 pipelines.two.sorce is not a known key; write source'),
    ]);
  });
});
