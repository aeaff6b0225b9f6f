import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hasSignals, NEEDS_SIGNALS } from '../support/platform.js';
import { patient, waitFor } from '../support/wait-for.js';

const MAIN = fileURLToPath(new URL('../../dist/local/demo/main.js', import.meta.url));
const DEADLINE_MS = patient(240_000);

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

let temporary: string;

/** A folder for what the demo puts aside, so that what it forgets there is seen. */
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'sluice-demo-test-'));
  // Its servers run as a user of their own where the demo itself runs as root.
  chmodSync(temporary, 0o755);
});
afterEach(() => {
  rmSync(temporary, { recursive: true, force: true });
});

/** No process that runs from the demo's folder, no file in it, and nobody at its ports. */
async function expectNothingLeft(output: string): Promise<void> {
  await waitFor('what it started has ended', () => {
    const commands = execFileSync('ps', ['-ww', '-eo', 'args'], { encoding: 'utf8' }).split('\n');
    return commands.filter((one) => one.includes(temporary)).length === 0;
  });
  expect(readdirSync(temporary)).toEqual([]);
  const ports = [...output.matchAll(/(?:127\.0\.0\.1:|port )(\d+)/g)].map((found) => found[1]);
  for (const port of ports) expect(await answers(Number(port))).toBe(false);
}

/** Runs the built demo as a person would, without a terminal. */
async function runDemo(
  words: readonly string[],
  onOutput: (output: string, interrupt: () => void) => void = () => undefined,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...words], {
    // A service that is named is left alone.
    env: {
      ...process.env,
      CI: 'true',
      TEMPORAL_ADDRESS: 'temporal.invalid:7233',
      TMPDIR: temporary,
      // Of Windows.
      TEMP: temporary,
      TMP: temporary,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listen = (data: Buffer): void => {
    output += data.toString('utf8');
    onOutput(output, () => child.kill('SIGINT'));
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const timer = setTimeout(() => child.kill('SIGTERM'), DEADLINE_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, output };
  } finally {
    clearTimeout(timer);
  }
}

it('copies, follows, verifies, survives a kill of its worker and ends with two equal sides', async () => {
  const { code, output } = await runDemo([]);
  // The whole output, so that a failure shows what the demo said.
  expect(output).toMatch(/rows copied in .*; every table follows the source now/);
  expect(output).toMatch(/an employee is hired \(insert\) .* after its commit/);
  expect(output).toMatch(/a task gets a new number \(primary key update\) .* after its commit/);
  expect(output).toMatch(/one transaction, three tables\) .* after its commit/);
  expect(output).toMatch(/added column\) .* after its commit/);
  expect(output).toMatch(/4 tables, [\d,]+ rows compared by chunk digests, 0 differences/);
  expect(output).toMatch(/kill -9 of worker \d+: \d+ of \d+ chunks of events were copied/);
  expect(output).toMatch(/0 of the \d+ finished ones again/);
  expect(output).toMatch(/events +12 +1,000,000 +1,000,000 +equal/);
  expect(output).toMatch(/Web UI was at http:\/\/127\.0\.0\.1:\d+/);
  expect(output).toContain('sluice init');
  expect(output).not.toMatch(/\u001b/);
  expect(code).toBe(0);
});

it.skipIf(!hasSignals).each([
  'Servers on this machine',
  'Loading config/sample/events.sql',
  'A worker',
  'The pipeline fills the empty target',
  'Rows change on the source',
  // The one of the late steps in which a worker is dead, another one starts, and a copy is half done.
  'Starting another worker',
])(`leaves nothing when it is interrupted at "%s", and says so${NEEDS_SIGNALS}`, async (step) => {
  let interrupted = false;
  const { code, output } = await runDemo([], (soFar, interrupt) => {
    if (interrupted || !soFar.includes(step)) return;
    interrupted = true;
    interrupt();
  });
  expect(output).toContain('Interrupted; stopping what was started');
  expect(code).toBe(130);
  await expectNothingLeft(output);
});

const KEEP = 'keeps everything running with --keep, says how to stop it, and then leaves nothing';
it.skipIf(!hasSignals)(`${KEEP}${NEEDS_SIGNALS}`, async () => {
  const whileKept: Promise<boolean[]>[] = [];
  const { code, output } = await runDemo(['--keep'], (soFar, interrupt) => {
    const kept = soFar.split('keeps running until you press Ctrl-C:')[1] ?? '';
    if (whileKept.length > 0 || !kept.includes('commands')) return;
    const ports = [...kept.matchAll(/(?:127\.0\.0\.1|localhost):(\d+)/g)];
    const asked = ports.map(async ([, port]) => answers(Number(port)));
    whileKept.push(Promise.all(asked).finally(interrupt));
  });
  expect(await whileKept[0], output).toEqual([true, true, true]);
  expect(output).toContain('Stopping …');
  expect(code).toBe(0);
  await expectNothingLeft(output);
});

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${String(port)}`).then(
    () => true,
    (error: unknown) => !JSON.stringify((error as Error).cause).includes('ECONNREFUSED'),
  );
}

it('that fails says why in one sentence, ends with 1 and leaves nothing but logs', async () => {
  const missing = join(temporary, 'no-temporal');
  const { code, output } = await runDemo([], undefined, { SLUICE_TEMPORAL_CLI: missing });
  expect(output).toContain(`✗ SLUICE_TEMPORAL_CLI names ${missing}, which cannot serve`);
  expect(output).not.toMatch(/^\s+at /m);
  expect(code).toBe(1);
  expect(readdirSync(temporary)).toEqual([]);
});

it('refuses an option that it does not know', async () => {
  const { code, output } = await runDemo(['--quick']);
  expect(code).toBe(2);
  expect(output).toContain('The demo has no option --quick.');
});
