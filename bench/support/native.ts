import { TABLE } from './bench-table.js';
import type { Replica } from './replica.js';
import type { StreamStage } from './stream-stage.js';

/** PostgreSQL's own logical replication with its defaults; stopped until `start`. */
export async function openNative(stage: StreamStage): Promise<Replica> {
  const { sourceServer, sourceDb, source, native } = stage;
  await source.query(`create publication native for table ${TABLE}`);
  await source.query(`select pg_create_logical_replication_slot('native', 'pgoutput')`);
  const conninfo = `host=${sourceServer.host} port=${String(sourceServer.port)} dbname=${sourceDb} user=${sourceServer.user} password=${sourceServer.password}`;
  await native.query(`
    create subscription native connection '${conninfo}' publication native
      with (create_slot = false, slot_name = 'native', copy_data = false, enabled = false)`);
  const disable = async (): Promise<void> => {
    await native.query('alter subscription native disable');
    for (;;) {
      const { rows } = await source.query<{ active: boolean }>(
        `select active from pg_replication_slots where slot_name = 'native'`,
      );
      if (rows[0]?.active !== true) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    name: 'native',
    client: native,
    start: async () => {
      await native.query('alter subscription native enable');
    },
    close: () => undefined,
    stop: async () => {
      await disable();
      return { rssMb: 0, cpuSeconds: 0 };
    },
    pause: disable,
  };
}
