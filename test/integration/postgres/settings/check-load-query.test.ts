import { afterEach, expect, it } from 'vitest';
import { inspectPipeline } from '../../../../src/cli/inspect/inspect.js';
import { allFindings } from '../../../../src/cli/inspect/inspection.js';
import type { Finding } from '../../../../src/engines/contract/schema.js';
import { PipelineSession } from '../../../../src/session/pipeline-session.js';
import { openShop, type Shop } from '../watermark/activity-fixture.js';

const SUBJECT = 'source.care.loadQuery';

let shop: Shop | null = null;
afterEach(async () => shop?.close());

/** What `check` says of a load query. */
async function check(loadQuery: string): Promise<Finding[]> {
  const more = { source: { createPublication: true, createSlot: true } };
  shop = await openShop('18', 'load query', {}, { loadQuery, loadLimit: 5 }, more);
  await shop.source.query('create table public.a (id int primary key)');
  const { configPath, pipeline } = shop;
  const inspection = await PipelineSession.use({ configPath }, pipeline, 'test', (session) =>
    inspectPipeline(session, ['copy']),
  );
  return allFindings(inspection).filter(({ subject }) => subject === SUBJECT);
}

it.each([
  ['does not return a number', `select 'idle'`, 'CONFIG_INVALID'],
  ['cannot be read', 'selec 1', 'CONFIG_INVALID'],
  ['asks for what is not there', 'select n from public.nowhere', 'CONFIG_INVALID'],
])('check tries the load query and says that it %s', async (_, query, code) => {
  const [finding] = await check(query);
  expect(finding).toMatchObject({ severity: 'error', code });
  expect(finding?.message).toContain('load');
  expect(finding?.remedy).toContain('loadQuery');
});

it('check finds nothing in a load query that works, however high the load', async () => {
  expect(await check('select 1000')).toEqual([]);
});
