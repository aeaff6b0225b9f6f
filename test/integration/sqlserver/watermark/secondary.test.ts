import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionSettings } from '../../../../src/engines/contract/connection.js';
import { SqlServerSource } from '../../../../src/engines/sqlserver/source.js';
import type { SourceScene } from '../source-scene.js';
import { openSource } from '../source-scene.js';

const FULL = { relation: '[dbo].[doc]', from: null, to: null };

let scene: SourceScene;
const opened: SqlServerSource[] = [];

beforeAll(async () => {
  scene = await openSource('secondary');
  await scene.sql(`
CREATE TABLE dbo.doc (id int NOT NULL PRIMARY KEY, version rowversion);
INSERT INTO dbo.doc (id) VALUES (1), (2);
EXEC standin.routing @on = 1;`);
});
afterAll(async () => {
  await Promise.all(opened.map((source) => source.close()));
  await scene.close();
});

function sourceBy(own: ConnectionSettings['own']): SqlServerSource {
  const { host, port, user, password } = scene.server;
  const tls = { ca: undefined, cert: undefined, key: undefined, serverName: undefined };
  const settings: ConnectionSettings = {
    ...{ name: 'shop', engine: 'sqlserver', host, port, user, password },
    database: scene.database.name,
    tls: { mode: 'disable', ...tls },
    connectTimeout: 10_000,
    statementTimeout: 30_000,
    applicationName: 'sluice',
    session: {},
    pool: { min: 0, max: 50, idleTimeout: 30_000, healthCheckInterval: 60_000 },
    own,
  };
  const source = new SqlServerSource(() => settings, { applicationName: 'sluice' });
  opened.push(source);
  return source;
}

const real = (process.env.SLUICE_TEST_SQLSERVER_URL ?? '') !== '';

describe.skipIf(real)('a source with readable secondaries (needs the stand-in)', () => {
  it('11.6: is followed by a watermark on the server that takes the writes', async () => {
    const source = sourceBy({});
    const [model] = await source.listTables([{ schema: 'dbo', table: 'doc' }]);
    if (model === undefined) throw new Error('The table is not there.');
    const to = await source.watermark.upperBound(model, 'version', null, 0);
    const range = { column: 'version', from: null, to: to ?? '' };
    const rows = await source.watermark.read(model, range, 'sqlserver');
    for await (const _ of rows.bytes) continue;
    await rows.close();
    const chunk = await source.fullSync.readChunk(model, FULL, 'sqlserver', 'now');
    for await (const _ of chunk.bytes) continue;
    await chunk.close();
    const codes = (await source.watermark.findings(model, 'version')).map(({ code }) => code);
    expect(codes).not.toContain('watermark.secondary');
  });

  it('11.6: is not followed by a watermark on a secondary, whose bound and rows may differ', async () => {
    const source = sourceBy({ applicationIntent: 'readOnly' });
    const [model] = await source.listTables([{ schema: 'dbo', table: 'doc' }]);
    if (model === undefined) throw new Error('The table is not there.');
    const range = { column: 'version', from: null, to: 'ffffffffffffffff' };
    const digest = {
      table: model.name,
      columns: ['id'],
      key: ['id'],
      form: 'native',
      lastRows: null,
      current: true,
    } as const;
    const refused = { code: 'SERVER_BUSY' };
    const { watermark, fullSync, verify } = source;
    await expect(watermark.upperBound(model, 'version', null, 0)).rejects.toMatchObject(refused);
    await expect(watermark.pageEnd(model, range, 10)).rejects.toMatchObject(refused);
    await expect(watermark.read(model, range, 'sqlserver')).rejects.toMatchObject(refused);
    await expect(fullSync.readChunk(model, FULL, 'sqlserver', 'now')).rejects.toMatchObject(
      refused,
    );
    await expect(verify.digest(digest)).rejects.toMatchObject(refused);
    const findings = await watermark.findings(model, 'version');
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'watermark.secondary', severity: 'error' }),
    );
  });
});
