import { expect } from 'vitest';
import { createTables, expectEqual, TABLES } from '../crash/tables.js';
import { pause, SourceWriter } from '../crash/writer.js';
import { Scene } from '../support/scene.js';
import { waitFor } from '../../support/wait-for.js';

export const SLOT = 'sluice_shop_to0';

/** A pipeline that streams the three tables of the crash tests. */
export async function streamingScene(label: string): Promise<Scene> {
  const scene = await Scene.open({ label });
  await createTables(scene);
  await scene.startWorker();
  await scene.client.startPipeline(scene.pipeline);
  await scene.streaming();
  return scene;
}

/** Some changes of every kind; the writer has ended when this returns. */
export async function write(scene: Scene, seed: number, ms = 700): Promise<void> {
  const writer = new SourceWriter(scene.source.url('shop'), seed);
  writer.start();
  await pause(ms);
  await writer.stop();
}

/** What stood before a gap. */
export interface Moment {
  readonly epochs: ReadonlyMap<string, number>;
  readonly lastError: number;
}

export async function present(scene: Scene): Promise<Moment> {
  // An error that is still open would be told once more, not as another one.
  await waitFor('nothing is left of the gap before', async () => {
    const open = await scene.targetSql('select from sluice.error where resolved_at is null');
    return open.length === 0;
  });
  const [error] = await scene.targetSql<{ last: string | null }>(
    'select max(error_id) as last from sluice.error',
  );
  return { epochs: await epochs(scene), lastError: Number(error?.last ?? 0) };
}

export async function epochs(scene: Scene): Promise<Map<string, number>> {
  const rows = await scene.tableStates();
  return new Map(rows.map((row) => [row.slug, Number(row.epoch)]));
}

/** Every table was marked with the reason, was copied once more by itself, and is equal. */
export async function expectMended(scene: Scene, before: Moment, reason: RegExp): Promise<void> {
  await waitFor(
    'every table began a new epoch',
    async () => {
      const now = await epochs(scene);
      return [...before.epochs].every(([slug, epoch]) => (now.get(slug) ?? 0) > epoch);
    },
    { timeoutMs: 60_000 },
  );
  await write(scene, 99, 300);
  await expectEqual(scene);
  const errors = await scene.targetSql<{ message: string }>(
    `select message from sluice.error where code = 'FEED_GAP' and error_id > ${before.lastError}`,
  );
  const fitting = errors.filter(({ message }) => reason.test(message));
  expect(fitting.length, errors.map(({ message }) => message).join('\n')).toBe(TABLES.length);
  const events = await scene.targetSql<{ n: string }>(
    `select count(*) n from sluice.event where kind = 'epoch.began' and message like '%FEED_GAP%'`,
  );
  expect(Number(events[0]?.n)).toBeGreaterThanOrEqual(TABLES.length);
}

/** Until nobody reads the slot: only then may it be advanced or dropped. */
export async function slotIsFree(scene: Scene): Promise<void> {
  await waitFor('nobody reads the slot', async () => {
    const [slot] = await scene.sourceSql<{ active: boolean }>(
      `select active from pg_replication_slots where slot_name = '${SLOT}'`,
    );
    return slot?.active === false;
  });
}
