import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLocked } from '../../../../src/engines/sqlserver/apply/is-locked.js';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import { waitFor } from '../../../support/wait-for.js';
import type { Login } from '../rights/login.js';
import { createLogin } from '../rights/login.js';
import type { SourceScene } from '../source-scene.js';
import { openSource, tableName } from '../source-scene.js';

const TABLE = tableName('dbo.t');
/** As long as a lane waits, and a little. */
const PATIENCE = { timeoutMs: 30_000 };

describe('whether somebody keeps writers of a SQL Server table waiting', () => {
  let scene: SourceScene;
  let blind: Login;

  beforeAll(async () => {
    scene = await openSource('is locked');
    await scene.sql(`CREATE TABLE dbo.t (id int NOT NULL PRIMARY KEY, n int NOT NULL);
      INSERT INTO dbo.t VALUES (1, 0), (2, 0)`);
    blind = await createLogin(scene);
    await blind.may('GRANT SELECT ON SCHEMA::dbo TO', 'GRANT UPDATE ON SCHEMA::dbo TO');
  });
  afterAll(async () => {
    await blind.close();
    await scene.close();
  });

  const locked = async (pool: SessionPool) => pool.use((session) => isLocked(session, TABLE));
  const update = (id: number) => `UPDATE dbo.t SET n = n + 1 WHERE id = ${String(id)}`;

  it('is not so where others write all the time, each for a moment', async () => {
    await scene.database.session(async (a) =>
      scene.database.session(async (b) => {
        await a(`BEGIN TRAN; ${update(1)}`);
        for (let round = 0; round < 4; round += 1) {
          const [next, last, id] = round % 2 === 0 ? [b, a, 2] : [a, b, 1];
          await next(`BEGIN TRAN; ${update(id)}`);
          expect(await locked(scene.read)).toBe(false);
          await last('COMMIT');
        }
        await a('ROLLBACK');
      }),
    );
  });

  it('is so where a transaction that has written stays open, others writing beside it or not', async () => {
    await scene.database.session(async (holder) =>
      scene.database.session(async (writer) => {
        await holder(`BEGIN TRAN; ${update(1)}`);
        await waitFor(
          'it is known to stay',
          async () => {
            await writer(update(2));
            return locked(scene.read);
          },
          PATIENCE,
        );
        await writer(`BEGIN TRAN; ${update(2)}`);
        await holder('ROLLBACK');
        expect(await locked(scene.read)).toBe(false);
        await writer('ROLLBACK');
      }),
    );
  });

  it('is asked again for a moment where the login does not see who holds it', async () => {
    await scene.database.session(async (writer) => {
      await writer(`BEGIN TRAN; ${update(1)}`);
      expect(await locked(blind.read)).toBe(true);
      const asked = locked(blind.read);
      await writer('COMMIT');
      expect(await asked).toBe(false);
    });
  });
});
