import { describe, expect, it } from 'vitest';
import { createSecretSource } from '../../../src/config/environment.js';
import { loadConfig } from '../../../src/config/load.js';
import { formatShown, showConfig } from '../../../src/config/show.js';
import { engineConfigs } from '../../../src/engines/registry.js';
import { VALID, inFolder } from './support.js';

const ENV = { SHOP_URL: 'postgres://u:hunter2@h/d' };

async function shown(text: string, env: Record<string, string> = ENV) {
  return inFolder({ 'sluice.yaml': text, '.env': 'PW=hunter2\nHOST=from-env-file\n' }, (cwd) => {
    const loaded = loadConfig({ engines: engineConfigs, cwd, env: {} });
    return showConfig(loaded, engineConfigs, createSecretSource(cwd, env));
  });
}

describe('config show', () => {
  it('masks every secret and says where it comes from', async () => {
    const values = await shown(VALID.replace('host: replica', "host: '${HOST}'"));
    const find = (path: string) => values.find((value) => value.path === path);
    expect(find('connections.shopDb.url')).toMatchObject({
      value: '********',
      origin: 'sluice.yaml:4, SHOP_URL from environment',
    });
    expect(find('connections.replica.password')).toMatchObject({
      value: '********',
      origin: 'sluice.yaml:5, PW from .env',
    });
    expect(find('connections.replica.host')).toMatchObject({
      value: 'from-env-file',
      origin: 'sluice.yaml:5, HOST from .env',
    });
    expect(formatShown(values)).not.toContain('hunter2');
  });

  it('says that a variable is missing instead of failing', async () => {
    const values = await shown(VALID, {});
    expect(values.find(({ path }) => path === 'connections.shopDb.url')).toMatchObject({
      value: '(missing)',
      origin: 'sluice.yaml:4, SHOP_URL not set',
    });
  });

  it('tells written values from defaults, also behind a short form', async () => {
    const values = await shown(VALID.trimEnd() + '\n    batch: { rows: 5 }\n');
    const find = (path: string) => values.find((value) => value.path === `pipelines.shop.${path}`);
    expect(find('batch.rows')).toMatchObject({ value: '5', origin: 'sluice.yaml:12' });
    expect(find('batch.wait')).toMatchObject({ value: '0ms', origin: 'default' });
    expect(find('source.connection')).toMatchObject({ value: 'shopDb', origin: 'sluice.yaml:9' });
    expect(find('source.enabled')).toMatchObject({ value: 'true', origin: 'default' });
    expect(find('targets.replica.connection')).toMatchObject({
      value: 'replica',
      origin: 'sluice.yaml:10',
    });
    expect(find('tables.include')).toMatchObject({
      value: '["public.*"]',
      origin: 'sluice.yaml:11',
    });
    expect(find('defaults.mode')).toMatchObject({ value: 'auto', origin: 'default' });
    expect(find('verification.every')).toMatchObject({ value: '5m', origin: 'default' });
  });
});
