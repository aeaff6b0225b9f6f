/** `.env`: the only place where `init` writes a password. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { SluiceError } from '../../core/errors.js';

export interface EnvEntry {
  readonly name: string;
  readonly value: string;
}

/** Names that are set to something else there already. */
export function conflicting(path: string, entries: readonly EnvEntry[]): string[] {
  if (!existsSync(path)) return [];
  const present = parse(readFileSync(path, 'utf8'));
  return entries
    .filter(({ name, value }) => present[name] !== undefined && present[name] !== value)
    .map(({ name }) => name);
}

/** Only this user may read it from here on; every other line stays as it was. */
export function writeEnvFile(path: string, entries: readonly EnvEntry[]): void {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  writeFileSync(path, mergeEnv(before, entries), { mode: 0o600 });
  chmodSync(path, 0o600);
}

/** Pure: the text with these variables set, each where it stood or at the end. */
export function mergeEnv(text: string, entries: readonly EnvEntry[]): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  for (const { name, value } of entries) {
    const line = `${name}=${quoted(name, value)}`;
    const at = lines.findIndex((one) => new RegExp(`^\\s*(export\\s+)?${name}\\s*=`).test(one));
    if (at >= 0) lines[at] = line;
    else lines.push(line);
  }
  return `${lines.join('\n')}\n`;
}

/** In the quotes of dotenv: within single quotes and backticks nothing has a meaning. */
function quoted(name: string, value: string): string {
  const mark = ["'", '`'].find((one) => !value.includes(one));
  if (mark !== undefined) return `${mark}${value}${mark}`;
  if (!value.includes('"') && !value.includes('\\')) return `"${value}"`;
  throw new SluiceError('CONFIG_INVALID', `The value of ${name} has every kind of quote in it.`, {
    remedy: `Put it into a file and write \${file:/path} instead of \${${name}}.`,
  });
}
