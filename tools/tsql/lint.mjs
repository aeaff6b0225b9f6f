// Parses every T-SQL text of the project with Microsoft's own grammar: the scripts in the tree, and
// what the tests have sent to a SQL Server or to its stand-in since `npm test` last began
// (.sluice/tsql/*.jsonl, written by test/support/sqlserver).
//
// Run: npm run lint:tsql    --forget: no text is kept from now on, nothing is parsed;
// --quiet: nothing is printed when all is right, as the last line of `npm test` is that of the tests.
//
// Needs python3 on Linux on x64, for which the parser's wheel has a runtime;
// elsewhere it says that it is skipped. The parser is installed once into the cache folder.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HERE = fileURLToPath(new URL('./', import.meta.url));
const RECORDED = join(ROOT, '.sluice', 'tsql');
const SCRIPTS = [
  'config/sample/sqlserver',
  'src/engines/sqlserver/state',
  'src/engines/sqlserver/control-tables/sql',
  'test/e2e/seeds',
];

const QUIET = process.argv.includes('--quiet');

if (process.argv.includes('--forget')) {
  rmSync(RECORDED, { recursive: true, force: true });
  process.exit(0);
}

/** A line that is only GO ends a batch, as sqlcmd has it. */
function batchesOf(file) {
  const text = readFileSync(file, 'utf8');
  return text.split(/^\s*GO\s*$/im).filter((batch) => batch.trim() !== '');
}

function scriptBatches() {
  const files = SCRIPTS.flatMap((folder) => {
    const path = join(ROOT, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((name) => name.endsWith('.sql'))
      .map((name) => join(path, name));
  });
  return files.flatMap((file) =>
    batchesOf(file).map((sql) => ({ from: relative(ROOT, file), sql })),
  );
}

/** The same text from many tests counts once. */
function recordedBatches() {
  if (!existsSync(RECORDED)) return [];
  const texts = new Map();
  for (const name of readdirSync(RECORDED).filter((one) => one.endsWith('.jsonl'))) {
    for (const line of readFileSync(join(RECORDED, name), 'utf8').split('\n')) {
      if (line === '') continue;
      const { sql } = JSON.parse(line);
      texts.set(sql, { from: 'tests', sql });
    }
  }
  return [...texts.values()];
}

function cacheFolder() {
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env;
  return join(cache || join(home ?? homedir(), '.cache'), 'sluice');
}

/** A Python with the parser in it, made once for each version of the requirements. */
function pythonWithParser() {
  const requirements = join(HERE, 'requirements.txt');
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `tsql-${hash}`);
  const python = join(folder, 'bin', 'python');
  const done = join(folder, 'installed');
  if (existsSync(done)) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', requirements]);
  run(python, ['-c', `open(${JSON.stringify(done)}, 'w').close()`]);
  return python;
}

function run(command, args, options = {}) {
  const stdio = ['pipe', 'pipe', 'inherit'];
  const ended = spawnSync(command, args, { stdio, maxBuffer: Infinity, ...options });
  if (!QUIET || ended.status !== 0) process.stdout.write(ended.stdout ?? '');
  if (ended.error !== undefined || ended.status !== 0) {
    // The parser has named what it found.
    if (options.input !== undefined && ended.status === 1) process.exit(1);
    const why = ended.error?.message ?? `exit status ${ended.status}`;
    console.error(`lint:tsql: ${command} ${args.slice(0, 3).join(' ')} failed: ${why}.`);
    process.exit(2);
  }
}

// The texts are the same everywhere, so that nothing is lost where they are not parsed.
if (process.platform !== 'linux' || process.arch !== 'x64') {
  const { platform, arch } = process;
  console.log(
    `lint:tsql: skipped, needs Linux on x64 for Microsoft's parser, not ${platform} on ${arch}.`,
  );
  process.exit(0);
}

const hasPython = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0;
if (!hasPython && process.env.CI === undefined) {
  console.log('lint:tsql: skipped, because python3 with its module venv is not on this machine.');
  process.exit(0);
}

const batches = [...scriptBatches(), ...recordedBatches()];
const input = batches.map((batch) => JSON.stringify(batch)).join('\n');
run(pythonWithParser(), [join(HERE, 'check.py')], { input });
