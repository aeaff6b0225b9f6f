import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { DeterminismViolationError } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import { bundleOf, workflowBundle } from '../workflow/bundle.js';
import { HISTORIES, type Recorded } from './record.js';
import { replay } from './replay.js';
import { patient } from '../support/wait-for.js';

const recorded = readdirSync(HISTORIES)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(HISTORIES, file), 'utf8')) as Recorded);

test('there are histories of every kind of workflow', () => {
  const ids = recorded.map(({ workflowId }) => workflowId);
  expect(ids).toContain('sluice/shop');
  for (const part of ['/t/', '/full/', '/lane/', '/run/verify/']) {
    expect(ids.join(' ')).toContain(part);
  }
});

test(
  'what was recorded goes on with the workflows of today',
  { timeout: patient(120_000) },
  async () => {
    const verdicts = await replay(await workflowBundle(), recorded);
    expect([...verdicts].filter(([, error]) => error !== null)).toEqual([]);
    expect(verdicts.size).toBe(recorded.length);
  },
);

test(
  'a change that is inserted is caught in each of them',
  { timeout: patient(120_000) },
  async () => {
    const path = fileURLToPath(new URL('./changed-workflows.ts', import.meta.url));
    const verdicts = await replay(await bundleOf(path), recorded);
    const uncaught = [...verdicts].filter(
      ([, error]) => !(error instanceof DeterminismViolationError),
    );
    expect(uncaught).toEqual([]);
    expect(verdicts.size).toBe(recorded.length);
  },
);
