// Copies what the compiler leaves behind (SQL, HTML, CSS, scripts in plain JavaScript, …) from src
// to dist, and makes the command runnable.
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const from = join(root, 'src');
const to = join(root, 'dist');
const COMPILED = new Set(['.ts', '.tsx', '.mts', '.cts']);
const COMMAND = join(to, 'cli', 'main.js');

const entries = await readdir(from, { recursive: true, withFileTypes: true });
for (const entry of entries) {
  if (!entry.isFile() || COMPILED.has(extname(entry.name)) || entry.name === '.DS_Store') continue;
  const source = join(entry.parentPath, entry.name);
  const target = join(to, relative(from, source));
  await mkdir(dirname(target), { recursive: true });
  await copyFile(source, target);
}

// npm sets this bit for an installed package, but nobody does for a checkout.
await chmod(COMMAND, 0o755).catch(() => undefined);
