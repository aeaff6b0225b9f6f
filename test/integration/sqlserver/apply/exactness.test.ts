import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '../../../../src/core/change.js';
import type { MsLaneWriter } from '../../../../src/engines/sqlserver/apply/lane-writer.js';
import type { LaneScene } from './support.js';
import { nextPosition, openLane, texts } from './support.js';
import type { Sources } from './workload.js';
import { WORKLOAD_DDL, WORKLOAD_TABLES, newSources, workload } from './workload.js';

describe('after any workload on SQL Server', () => {
  let scene: LaneScene;
  let writer: MsLaneWriter;

  beforeAll(async () => {
    scene = await openLane('exact');
    await scene.createTables(WORKLOAD_DDL, WORKLOAD_TABLES);
    writer = await scene.claim();
  });

  afterAll(async () => scene.close());

  async function sameOnBothSides(sources: Sources): Promise<void> {
    const ck = await scene.sql('select a, b, v, big from dbo.ck');
    expect(texts(ck)).toEqual(
      texts(sources.ck.all().map(({ a, b, v, big }) => ({ a, b, v, big }))),
    );
    const uq = await scene.sql('select id, u, big from dbo.uq');
    expect(texts(uq)).toEqual(texts(sources.uq.all().map(({ id, u, big }) => ({ id, u, big }))));
  }

  it('the target is equal to the source and nothing was missing', async () => {
    const batch = fc.constantFrom(1, 2, 5, 1_000);
    await fc.assert(
      fc.asyncProperty(workload, batch, async (transactions, perBatch) => {
        await scene.sql('delete from dbo.ck; delete from dbo.uq');
        const sources = newSources();
        const membership = await writer.readMembership();
        const done: Change[][] = transactions.map((operations) => {
          for (const operation of operations) operation(sources);
          return [...sources.ck.take(), ...sources.uq.take()];
        });
        let missing = 0;
        while (done.length > 0) {
          for (const changes of done.splice(0, perBatch)) await writer.write(changes, membership);
          missing += (await writer.commit(nextPosition(), null, 1)).missing;
        }
        expect(missing).toBe(0);
        await sameOnBothSides(sources);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it('a row that takes a key which another one left with its large value is there, too', async () => {
    await scene.sql('delete from dbo.ck; delete from dbo.uq');
    const sources = newSources();
    const { uq } = sources;
    const membership = await writer.readMembership();
    uq.insert({ id: '6', u: '1', big: 'of the first' });
    await writer.write(uq.take(), membership);
    await writer.commit(nextPosition(), null, 1);
    uq.update({ id: '6' }, { id: '1' });
    uq.insert({ id: '6', u: null, big: 'of the second' });
    await writer.write(uq.take(), membership);
    expect((await writer.commit(nextPosition(), null, 1)).missing).toBe(0);
    await sameOnBothSides(sources);
  });
});
