/** Builds the Temporal CLI from source with Go, from the versions that tools/temporal pins. */
import { spawn } from 'node:child_process';
import { access, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const MODULE = fileURLToPath(new URL('../../tools/temporal', import.meta.url));
const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
const PROGRESS_MS = 1_000;

/** About 4 minutes on two cores when Go has cached nothing; needs Go and its modules. */
export async function buildTemporal(
  destination: string,
  version: string,
  onProgress: (line: string) => void,
): Promise<void> {
  await access(MODULE).catch(() => {
    throw new Error(`the Go module ${MODULE} is not part of this installation`);
  });
  const draft = `${destination}.${String(process.pid)}.building`;
  const started = Date.now();
  let packages = 0;
  const say = (): void => {
    const seconds = Math.round((Date.now() - started) / 1000);
    onProgress(
      `Building the Temporal CLI ${version} with Go, once, about 4 minutes: ` +
        `${String(seconds)} s, ${String(packages)} packages compiled`,
    );
  };
  say();
  const ticker = setInterval(say, PROGRESS_MS);
  try {
    await goBuild(draft, (count) => (packages += count));
    await rename(draft, destination);
  } finally {
    clearInterval(ticker);
    await rm(draft, { force: true });
  }
  say();
}

async function goBuild(output: string, onPackages: (count: number) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn('go', ['build', '-v', '-o', output, PACKAGE], {
      cwd: MODULE,
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
    });
    let tail = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      onPackages(text.split('\n').length - 1);
      tail = (tail + text).slice(-2_000);
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new Error('Go is not installed') : error);
    });
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`go build failed: ${tail.trim().split('\n').slice(-3).join(' | ')}`));
    });
  });
}
