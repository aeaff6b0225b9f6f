import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'dotenv';

/** Where a variable's value came from; `show` prints it. */
export type VariableOrigin = 'environment' | '.env';

/** Where references are looked up. Every call looks again, so that a rotated secret is seen. */
export interface SecretSource {
  /** The variable's value; an empty one counts as not set. */
  variable(name: string): { readonly value: string; readonly origin: VariableOrigin } | undefined;
  /** The file's text without a line end at its end; undefined when it cannot be read. */
  file(path: string): string | undefined;
  /** The connection string of a server in the control tables, as its row has it. Default: none. */
  stored?(serverId: number): string | undefined;
}

function readTextOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The real environment first, then `.env` in `cwd`; relative file paths start at `cwd`. */
export function createSecretSource(
  cwd: string = process.cwd(),
  env: Readonly<Record<string, string | undefined>> = process.env,
  stored: (serverId: number) => string | undefined = () => undefined,
): SecretSource {
  return {
    stored,
    variable: (name) => {
      const real = env[name];
      if (real !== undefined)
        return real === '' ? undefined : { value: real, origin: 'environment' };
      const value = parse(readTextOrNothing(join(cwd, '.env')) ?? '')[name];
      return value === undefined || value === '' ? undefined : { value, origin: '.env' };
    },
    file: (path) => readTextOrNothing(resolve(cwd, path))?.replace(/\r?\n$/, ''),
  };
}

/**
 * The real environment over `.env`, as one object: for settings that are read once at the start
 * (SLUICE_CONFIG, TEMPORAL_ADDRESS). process.env itself is not changed.
 */
export function readEnvironment(
  cwd: string = process.cwd(),
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> {
  return { ...parse(readTextOrNothing(join(cwd, '.env')) ?? ''), ...env };
}
