import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseConfigText } from '../../../src/config/document.js';
import type { LoadedConfig } from '../../../src/config/load.js';
import { checkConfig, loadConfig } from '../../../src/config/load.js';
import { mergeDocuments } from '../../../src/config/merge.js';
import { engineConfigs } from '../../../src/engines/registry.js';

/** A valid config; tests replace the parts they are about. */
export const CONNECTIONS = `
version: 1
connections:
  shopDb: { engine: postgres, url: '\${SHOP_URL}' }
  replica: { engine: postgres, host: replica, database: shop, user: u, password: '\${PW}' }
`;

export const VALID = `${CONNECTIONS}
pipelines:
  shop:
    source: shopDb
    targets: [replica]
    tables: { include: ['public.*'] }
`;

/** Checks texts as if they were files of these names. */
export function check(files: Readonly<Record<string, string>>): ReturnType<typeof checkConfig> {
  const documents = Object.entries(files).map(([file, text]) => parseConfigText(file, text));
  return checkConfig(mergeDocuments(documents), engineConfigs);
}

/** Runs `body` in a folder of its own with these files, and removes it. */
export async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  body: (cwd: string) => T | Promise<T>,
): Promise<T> {
  const cwd = mkdtempSync(join(tmpdir(), 'sluice-config-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), text);
    }
    return await body(cwd);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** Loads `sluice.yaml` with this text from a folder of its own. */
export async function load(text: string): Promise<LoadedConfig> {
  return inFolder({ 'sluice.yaml': text }, (cwd) =>
    loadConfig({ engines: engineConfigs, cwd, env: {} }),
  );
}
