import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../src/local/free-port.js';
import { ensureTemporal } from '../../../src/local/temporal-binary.js';
import type { Fetcher } from '../../../src/local/temporal-binary.js';

// A fake binary is a shell script, which Windows cannot run.
describe.skipIf(process.platform === 'win32')('finding a Temporal CLI (needs /bin/sh)', () => {
  let home = '';
  const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    PATH: join(home, 'bin'),
    XDG_CACHE_HOME: join(home, 'cache'),
    ...more,
  });
  const cached = (): string => join(home, 'cache/sluice/temporal/temporal-1.5.1');

  async function fake(path: string, server: string): Promise<void> {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, `#!/bin/sh\necho "temporal version 1 (Server ${server}, UI 2)"\n`);
    await chmod(path, 0o755);
  }

  const never: Fetcher = async () => Promise.reject(new Error('not asked for'));
  const fails: Fetcher = async () => Promise.reject(new Error('no internet'));
  const works: Fetcher = async (destination) => fake(destination, '1.29.1');

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'sluice-test-'));
  });
  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  it('takes a running service before everything else', async () => {
    await fake(join(home, 'bin/temporal'), '1.29.1');
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    try {
      const found = await ensureTemporal({ env: env({ TEMPORAL_ADDRESS: address }) });
      expect(found).toEqual({ kind: 'service', address });
    } finally {
      server.close();
    }
  });

  it('refuses a named service that does not answer rather than start another one', async () => {
    const address = `127.0.0.1:${String(await freePort())}`;
    const attempt = ensureTemporal({ env: env({ TEMPORAL_ADDRESS: address }) });
    await expect(attempt).rejects.toMatchObject({ code: 'TEMPORAL_UNREACHABLE' });
  });

  it('refuses a named binary that cannot serve', async () => {
    const attempt = ensureTemporal({ env: env({ SLUICE_TEMPORAL_CLI: join(home, 'none') }) });
    await expect(attempt).rejects.toMatchObject({ code: 'LOCAL_TEMPORAL_MISSING' });
  });

  it('takes the PATH before the cache', async () => {
    await fake(join(home, 'bin/temporal'), '1.30.0');
    await fake(cached(), '1.29.1');
    const found = await ensureTemporal({ env: env(), download: never, build: never });
    expect(found).toEqual({ kind: 'binary', path: join(home, 'bin/temporal'), source: 'path' });
  });

  it('passes over a binary with an old server, and says so', async () => {
    await fake(join(home, 'bin/temporal'), '1.22.4');
    await fake(cached(), '1.29.1');
    const said: string[] = [];
    const onProgress = (line: string): number => said.push(line);
    const found = await ensureTemporal({ env: env(), onProgress, download: never, build: never });
    expect(found).toEqual({ kind: 'binary', path: cached(), source: 'cache' });
    expect(said.join('\n')).toMatch(/Passing over .* 1\.22 is older than 1\.28/);
  });

  it('downloads before it builds', async () => {
    const found = await ensureTemporal({ env: env(), download: works, build: never });
    expect(found).toEqual({ kind: 'binary', path: cached(), source: 'download' });
  });

  it('builds when there is no internet', async () => {
    const found = await ensureTemporal({ env: env(), download: fails, build: works });
    expect(found).toEqual({ kind: 'binary', path: cached(), source: 'build' });
  });

  it('names every way that failed', async () => {
    const attempt = ensureTemporal({ env: env(), download: fails, build: never });
    await expect(attempt).rejects.toMatchObject({ code: 'LOCAL_TEMPORAL_MISSING' });
    await expect(attempt).rejects.toThrow(/download: no internet; build: not asked for/);
  });
});
