import { expect, it } from 'vitest';
import { connectPg } from '../../../../src/engines/postgres/connect.js';
import { LSN_NONE } from '../../../../src/engines/postgres/replication/lsn.js';
import { openReplication } from '../../../../src/engines/postgres/replication/replication-client.js';
import { describeEachPostgres } from '../../../support/postgres-versions.js';
import { withServer } from '../../../support/postgres.js';
import { waitFor } from '../../../support/wait-for.js';
import { collect, connectionTo } from './support.js';

describeEachPostgres('a source of PostgreSQL %s that is shut down', (version) => {
  it('does not wait for changes that nobody confirms, and has them after its restart', async () => {
    await withServer({ version }, async (server) => {
      const connection = connectionTo(server);
      const sql = await connectPg(connection, 'target');
      await sql.query('CREATE TABLE public.item (id int PRIMARY KEY)');
      await sql.query('CREATE PUBLICATION everything FOR ALL TABLES');
      await sql.query(`SELECT pg_create_logical_replication_slot('lane', 'pgoutput')`);
      const start = { slot: 'lane', publications: ['everything'], from: LSN_NONE };

      const first = await openReplication(connection);
      const stream = await first.startReplication(start);
      await sql.query('INSERT INTO public.item VALUES (1)');
      const seen = await collect(stream, ({ kind }) => kind === 'commit');
      const commit = seen.find((message) => message.kind === 'commit');
      const confirmed = commit?.endLsn ?? LSN_NONE;
      stream.acknowledge(confirmed);
      await waitFor('the position is confirmed', async () => {
        const { rowCount } = await sql.query(
          'SELECT 1 FROM pg_stat_replication WHERE flush_lsn > $1',
          ['0/0'],
        );
        return rowCount === 1;
      });
      await sql.query('INSERT INTO public.item VALUES (2)');
      await collect(stream, ({ kind }) => kind === 'commit');
      await sql.end();

      const stopping = server.stop('fast');
      await expect(collect(stream, () => false)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
      await stopping;
      await first.close();

      await server.restart();
      const second = await openReplication(connection);
      const again = await second.startReplication({ ...start, from: confirmed });
      const rest = await collect(again, ({ kind }) => kind === 'commit');
      const ids = rest.flatMap((message) => {
        const cell = message.kind === 'insert' ? message.row.cells[0] : undefined;
        return Buffer.isBuffer(cell) ? [cell.readInt32BE()] : [];
      });
      expect(ids).toEqual([2]);
      await second.close();
    });
  });
});
