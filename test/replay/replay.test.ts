import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { DeterminismViolationError } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import { bundleOf, workflowBundle } from '../workflow/bundle.js';
import { HISTORIES, type Recorded } from './record.js';
import { replay } from './replay.js';

const recorded = readdirSync(HISTORIES)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(HISTORIES, file), 'utf8')) as Recorded);

test('there are histories of every kind of workflow', () => {
  const ids = recorded.map(({ workflowId }) => workflowId).join(' ');
  for (const part of ['/t/', '/full/', '/lane/', '/run/verify/']) expect(ids).toContain(part);
});

test('what was recorded goes on with the workflows of today', { timeout: 120_000 }, async () => {
  const verdicts = await replay(await workflowBundle(), recorded);
  expect([...verdicts].filter(([, error]) => error !== null)).toEqual([]);
  expect(verdicts.size).toBe(recorded.length);
});

test('an inserted change is caught', { timeout: 120_000 }, async () => {
  const path = fileURLToPath(new URL('./changed-workflows.ts', import.meta.url));
  const tables = recorded.filter(({ name }) => name.startsWith('table-'));
  const verdicts = await replay(await bundleOf(path), tables);
  for (const error of verdicts.values()) expect(error).toBeInstanceOf(DeterminismViolationError);
  expect(verdicts.size).toBeGreaterThan(0);
});
