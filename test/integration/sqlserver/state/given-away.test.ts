import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetScene } from '../target-scene.js';
import { openTarget } from '../target-scene.js';

describe('a target table that was detached and is another pipeline’s now, on SQL Server', () => {
  let scene: TargetScene;
  beforeAll(async () => {
    scene = await openTarget('given away');
  });
  afterAll(async () => scene.close());

  it('is refused to a person who asks for it in SQL, who reads why in the row', async () => {
    const { tables } = scene.state;
    const name = { schema: 'dbo', table: 'passed on' };
    const kind = { mode: 'auto', load: 'auto', enabled: true, laneId: null };
    const spec = { slug: 'passed on', source: name, targetTable: name, ...kind };
    await tables.upsert('p', 't', [spec], '1');
    const tableId = (await tables.find('p', 't', 'passed on'))?.tableId ?? '';
    await tables.setWanted(tableId, 'detach', 'me', 'a test');
    await tables.upsert('other', 't', [spec], '1');
    await scene.sql(`update sluice.table_state set wanted = N'run' where table_id = ${tableId}`);
    const [seen] = await tables.needingAttention('p');
    expect(seen).toMatchObject({
      tableId,
      wanted: 'detach',
      wantedReason: 'asked for in SQL, but its target table belongs to pipeline other',
    });
  });
});
