/** The shipped sample configuration, and the variables that it and its readers need. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { samplePath } from './sample.js';
import type { Servers } from './servers.js';
import type { Workspace } from './workspace.js';

export const PIPELINE = 'company';
export const TARGET = 'replica';
export const DATABASE = 'postgres';

export interface PipelineConfig {
  readonly path: string;
  /** The environment for a worker or a client of this demo's servers. */
  readonly env: NodeJS.ProcessEnv;
  /** A file for a shell: the variables in which it differs from the environment here. */
  readonly envFile: string;
}

export async function writePipelineConfig(
  servers: Servers,
  workspace: Workspace,
): Promise<PipelineConfig> {
  const own = {
    TEMPORAL_ADDRESS: servers.temporal.address,
    SAMPLE_SOURCE_URL: servers.source.url(DATABASE),
    SAMPLE_TARGET_URL: servers.target.url(DATABASE),
  };
  const path = fileURLToPath(samplePath('sluice.yaml'));
  const envFile = join(workspace.directory, 'demo.env');
  const lines = Object.entries({ ...own, SLUICE_CONFIG: path }).map(
    ([name, value]) => `export ${name}='${value}'\n`,
  );
  await writeFile(envFile, lines.join(''), { mode: 0o600 });
  return { path, envFile, env: { ...withoutTemporal(), ...own } };
}

/** What a person set for another service (namespace, certificates, key) is not for the local one. */
function withoutTemporal(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => !name.startsWith('TEMPORAL_')));
}
