import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { EXIT } from '../../../../src/cli/exit-codes.js';
import { runCli } from '../../../../src/cli/program.js';
import { memoryIo } from '../../../unit/cli/memory-io.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

/** Nobody listens there: who asks Temporal before all pipelines were looked at says so. */
const NO_TEMPORAL = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

let shop: Shop | null = null;
afterEach(async () => shop?.close());

it.each(['pause', 'resync', 'verify'])(
  'sluice %s for several pipelines tells none of them where one does not have the table',
  async (word) => {
    shop = await openShop('18', `several_${word}`, { mode: 'full' });
    await shop.source.query('create table public.a (id int primary key)');
    await shop.reconcile();
    await addPipeline(shop, 'unstarted');
    const io = memoryIo(dirname(shop.configPath), NO_TEMPORAL);
    const all = ['--config', shop.configPath, word, 'public.a', '--pipeline', '*'];
    const code = await runCli(all, io);
    expect(io.err()).toContain('The pipeline unstarted has no table that "public.a" means.');
    expect(io.err()).not.toContain('Temporal');
    expect(code).toBe(EXIT.usage);
  },
);

async function addPipeline({ configPath, pipeline }: Shop, name: string): Promise<void> {
  const config = z
    .looseObject({ pipelines: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(await readFile(configPath, 'utf8')));
  config.pipelines[name] = config.pipelines[pipeline];
  await writeFile(configPath, JSON.stringify(config));
}
