/** SLUICE_RECORD=1 keeps these histories in test/replay/histories; else they only prove themselves. */
import { expect, test } from 'vitest';
import { fetchAll, keep } from '../replay/record.js';
import { replay } from '../replay/replay.js';
import { liveThroughEverything } from '../replay/scenarios.js';
import { workflowBundle } from './bundle.js';
import { World } from './harness.js';
import { patient } from '../support/wait-for.js';

test(
  'everything that was lived through can be replayed',
  { timeout: patient(240_000) },
  async () => {
    const world = await World.open('record');
    try {
      const recorded = await fetchAll(await liveThroughEverything(world));
      const verdicts = await replay(await workflowBundle(), recorded);
      expect([...verdicts].filter(([, error]) => error !== null)).toEqual([]);
      if (process.env.SLUICE_RECORD === '1') await keep(world, recorded);
    } finally {
      await world.close();
    }
  },
);
