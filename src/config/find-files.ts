import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SluiceError } from '../core/errors.js';
import { readEnvironment } from './environment.js';

/** Where the config was found; a folder that was not named holds other people's files too. */
export interface FoundFiles {
  readonly files: readonly string[];
  /** True when files in a folder are only taken if they look like a config of ours. */
  readonly selective: boolean;
  readonly folder: boolean;
}

export interface FindOptions {
  /** `--config`: a file or a folder. */
  readonly path?: string | undefined;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return stats.isDirectory() ? 'folder' : 'file';
}

/** Files of the folder itself, by name; folders inside it are not entered. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .filter((entry) => /\.(ya?ml|json)$/i.test(entry.name))
    .map((entry) => join(folder, entry.name))
    .sort();
}

function named(path: string, origin: string): FoundFiles {
  const kind = kindOf(path);
  if (kind === 'file') return { files: [path], selective: false, folder: false };
  if (kind === 'folder') return { files: filesIn(path), selective: false, folder: true };
  throw new SluiceError('CONFIG_NOT_FOUND', `${origin} names ${path}, which does not exist.`, {
    remedy: 'Name an existing file or folder, or write a config with sluice init.',
  });
}

/**
 * The config files, in this order: `--config`, SLUICE_CONFIG, ./sluice.yaml, ./config/.
 * Throws CONFIG_NOT_FOUND, naming the places looked at.
 */
export function findConfigFiles(options: FindOptions = {}): FoundFiles {
  const cwd = options.cwd ?? process.cwd();
  const variable = readEnvironment(cwd, options.env).SLUICE_CONFIG;
  if (options.path !== undefined) return named(resolve(cwd, options.path), '--config');
  if (variable) return named(resolve(cwd, variable), 'SLUICE_CONFIG');
  const [file, folder] = [join(cwd, 'sluice.yaml'), join(cwd, 'config')];
  if (kindOf(file) === 'file') return { files: [file], selective: false, folder: false };
  if (kindOf(folder) === 'folder') {
    return { files: filesIn(folder), selective: true, folder: true };
  }
  throw new SluiceError('CONFIG_NOT_FOUND', `There is neither ${file} nor the folder ${folder}.`, {
    remedy: 'Run sluice init to write one, or name one with --config or SLUICE_CONFIG.',
  });
}
