import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { expect, it } from 'vitest';
import { waitUntilGone } from '../../../src/local/processes.js';
import { ensureTemporal, startTemporal } from '../../../src/local/temporal-service.js';
import { openTemporal } from '../../support/temporal.js';

async function binary(): Promise<string> {
  const found = await ensureTemporal({ env: { ...process.env, TEMPORAL_ADDRESS: '' } });
  if (found.kind !== 'binary') throw new Error('expected a binary');
  return found.path;
}

async function withClient<T>(address: string, body: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await body(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

it('starts a service with a Web UI and its search attributes, and stops it', async () => {
  const service = await startTemporal({
    binary: await binary(),
    searchAttributes: { SluiceProbe: 'Keyword' },
  });
  const { pid } = service;
  try {
    expect((await fetch(service.uiUrl)).status).toBe(200);
    const count = await withClient(service.address, async (client) =>
      client.workflow.count(`SluiceProbe = 'x'`),
    );
    expect(count.count).toBe(0);
  } finally {
    await service.remove();
  }
  expect(await waitUntilGone([Number(pid)], 0)).toBe(true);
});

it('keeps its workflows in a database file over a kill', async () => {
  const home = await mkdtemp(join(tmpdir(), 'sluice-test-'));
  const service = await startTemporal({
    binary: await binary(),
    dbFilename: join(home, 'temporal.db'),
  });
  try {
    const { address } = service;
    await withClient(address, async (client) =>
      client.workflow.start('nobody', { taskQueue: 'none', workflowId: 'survivor' }),
    );
    await service.kill();
    await service.restart();
    expect(service.address).toBe(address);
    const found = await withClient(address, async (client) =>
      client.workflow.getHandle('survivor').describe(),
    );
    expect(found.status.name).toBe('RUNNING');
  } finally {
    await service.remove();
    await rm(home, { recursive: true, force: true });
  }
});

it('says what the service logged when it cannot start', async () => {
  const attempt = startTemporal({
    binary: await binary(),
    dbFilename: join(tmpdir(), 'sluice-no-such-directory', 'temporal.db'),
  });
  await expect(attempt).rejects.toMatchObject({ code: 'LOCAL_SERVER_FAILED' });
});

it('gives a test file a namespace and search attributes of its own', async () => {
  const probe = defineSearchAttributeKey('SluiceProbe', SearchAttributeType.KEYWORD);
  const temporal = await openTemporal('namespace test', {
    searchAttributes: { SluiceProbe: 'Keyword' },
  });
  try {
    const started = await temporal.client.workflow.start('nobody', {
      taskQueue: 'none',
      workflowId: 'found-by-attribute',
      typedSearchAttributes: [{ key: probe, value: 'x' }],
    });
    expect((await started.describe()).typedSearchAttributes.get(probe)).toBe('x');
  } finally {
    await temporal.close();
  }
});

it('does not take another service at its port for itself', async () => {
  const first = await startTemporal({ binary: await binary() });
  try {
    const port = Number(first.address.split(':')[1]);
    await expect(startTemporal({ binary: await binary(), port })).rejects.toMatchObject({
      code: 'LOCAL_SERVER_FAILED',
      message: expect.stringContaining(first.address) as string,
    });
  } finally {
    await first.remove();
  }
});
