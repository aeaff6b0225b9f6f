import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { inspectPipeline } from '../../../../src/cli/inspect/inspect.js';
import { allFindings, type Inspection } from '../../../../src/cli/inspect/inspection.js';
import { planOf } from '../../../../src/cli/inspect/plan.js';
import type { Finding } from '../../../../src/engines/contract/schema.js';
import { PipelineSession } from '../../../../src/session/pipeline-session.js';
import { openShop, type MoreKeys, type Shop } from '../watermark/activity-fixture.js';

const TARGET = 'copy';
const MADE_BY_US = { createPublication: true, createSlot: true };

/** What a worker would leave out, before anything is started. */
describe('check, plan and start', () => {
  let shop: Shop | null = null;
  afterEach(async () => {
    await shop?.source.query(
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots
        where database = current_database() and not active`,
    );
    await shop?.close();
  });

  async function open(
    label: string,
    settings: Record<string, unknown> = {},
    pipeline: MoreKeys['pipeline'] = {},
  ): Promise<Shop> {
    shop = await openShop('18', label, settings, {}, { source: MADE_BY_US, pipeline });
    await shop.source.query(
      'create table public.a (id int primary key); create table public.b (id int primary key)',
    );
    return shop;
  }

  it('name the pipeline that has the target table already', async () => {
    const opened = await open('owned');
    await opened.reconcile();
    const text = await readFile(opened.configPath, 'utf8');
    await writeFile(opened.configPath, text.replaceAll(`"${opened.pipeline}"`, '"second"'));
    const inspection = await inspect(opened, 'second');
    expect(errorsOf(inspection)).toEqual([
      ['TARGET_OWNED', 'public.a', expect.stringContaining(opened.pipeline)],
      ['TARGET_OWNED', 'public.b', expect.stringContaining(opened.pipeline)],
    ]);
    const plan = planOf(inspection);
    expect(plan.targets[0]?.tables.map(({ action }) => action)).toEqual(['obstacle', 'obstacle']);
    expect(plan.targets[0]?.creates).not.toContain(`the schema sluice on ${TARGET}`);
  });

  it('name a way of loading that a change feed cannot have', async () => {
    const opened = await open('append', { load: 'append' });
    expect(errorsOf(await inspect(opened))).toMatchObject([
      ['CONFIG_INVALID', 'public.a', expect.stringContaining('append')],
      ['CONFIG_INVALID', 'public.b', expect.stringContaining('append')],
    ]);
  });

  it('find nothing of the kind in a pipeline that runs', async () => {
    const opened = await open('running');
    await opened.reconcile();
    expect(errorsOf(await inspect(opened))).toEqual([]);
  });
});

function inspect(shop: Shop, pipeline = shop.pipeline): Promise<Inspection> {
  return PipelineSession.use({ configPath: shop.configPath }, pipeline, 'test', (session) =>
    inspectPipeline(session, [TARGET]),
  );
}

function errorsOf(inspection: Inspection): Finding['message'][][] {
  return allFindings(inspection)
    .filter(({ severity }) => severity === 'error')
    .map(({ code, subject, message }) => [code, subject, message]);
}
