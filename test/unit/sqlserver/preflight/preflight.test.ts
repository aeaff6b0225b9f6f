import { describe, expect, it } from 'vitest';
import { SERVER_FACTS } from '../../../../src/engines/sqlserver/catalog/sql/server.js';
import type { MsConnection } from '../../../../src/engines/sqlserver/connection-options.js';
import {
  preflightSource,
  preflightTarget,
} from '../../../../src/engines/sqlserver/preflight/preflight.js';
import {
  READ_BASICS,
  READ_CHANGE_TRACKING,
  READ_TABLE_RIGHTS,
} from '../../../../src/engines/sqlserver/preflight/sql/basics.js';
import {
  READ_AGENT,
  READ_LOG_SPACE,
} from '../../../../src/engines/sqlserver/preflight/sql/state.js';
import type { Row } from '../../../../src/engines/sqlserver/sql-session.js';
import { scriptedQuery } from '../scripted-query.js';

const CONNECTION: MsConnection = {
  ...{ host: 'db.example.com', port: 1433, database: 'shop', user: 'sluice' },
  password: () => '',
  tls: { mode: 'verifyFull' },
  ...{ multiSubnetFailover: false, connectTimeoutMs: 1, statementTimeoutMs: 1 },
  ...{ applicationName: 'test', session: {} },
};
const NOTHING = { cdc: false, changeTracking: false };

const FACTS = {
  ...{ edition: 3, editionName: 'Developer Edition', version: '16.0.4135.4', level: 'RTM' },
  ...{ server: 'DB1', database: 'shop', databaseId: 5, created: '2026-01-01T00:00:00' },
  ...{ groupDatabase: null, collation: 'Latin1_General_CI_AS', compatibility: 160 },
};
const BASICS = {
  ...{ login: 'sluice', user: 'sluice', snapshotIsolation: 1, readCommittedSnapshot: true },
  ...{ recoveryModel: 'FULL', logReuseWait: 'NOTHING', cdc: true, updateability: 'READ_WRITE' },
  ...{ hasState: 0, isSysadmin: 0, isOwner: 0, maySelect: 1, mayViewDefinition: 1 },
  ...{ mayViewState: 1, mayViewServerState: 1, mayCreateTable: 1, mayCreateSchema: 1, mayAlter: 1 },
  mayReadCdc: 1,
};
const TRACKING = [{ retention: 2, unit: 'DAYS', autoCleanup: true }];
const RUNNING = [{ status: 'Running' }];

interface World {
  readonly facts?: Row;
  readonly basics?: Row;
  readonly tracking?: readonly Row[];
  readonly agent?: readonly Row[];
  readonly rights?: readonly Row[];
  readonly log?: readonly Row[];
}

function worldOf(world: World) {
  return scriptedQuery(
    new Map<string, readonly Row[]>([
      [SERVER_FACTS, [{ ...FACTS, ...world.facts }]],
      [READ_BASICS, [{ ...BASICS, ...world.basics }]],
      [READ_CHANGE_TRACKING, world.tracking ?? TRACKING],
      [READ_AGENT, world.agent ?? RUNNING],
      [READ_TABLE_RIGHTS, world.rights ?? []],
      [READ_LOG_SPACE, world.log ?? [{ bytes: 1e9, usedPercent: 10 }]],
    ]),
  ).query;
}

async function source(world: World, may = NOTHING, connection = CONNECTION) {
  return preflightSource(worldOf(world), connection, may);
}

async function found(world: World, code: string, may = NOTHING) {
  const findings = await source(world, may);
  return findings.find((finding) => finding.code === code);
}

describe('what check says about a source', () => {
  it('has nothing against one with both feeds and all rights', async () => {
    const bad = (await source({})).filter(({ severity }) => severity !== 'ok');
    expect(bad).toEqual([]);
  });

  it.each([
    ['13.0.1601.5', 'error'],
    ['13.0.4001.0', 'ok'],
    ['12.0.6024.0', 'error'],
    ['18.0.1.0', 'warning'],
  ])('judges version %s: %s', async (version, severity) => {
    expect(await found({ facts: { version } }, 'server.version')).toMatchObject({ severity });
  });

  it('11.14: does not compare the version of Azure, and asks for no Agent there', async () => {
    const facts = { edition: 5, version: '12.0.2000.8' };
    const findings = await source({ facts, agent: [] });
    expect(findings.find(({ code }) => code === 'server.version')?.severity).toBe('ok');
    expect(findings.some(({ code }) => code === 'feed.agent')).toBe(false);
  });

  it('says which statements a DBA runs when CDC and Change Tracking are off', async () => {
    const world = { basics: { cdc: false }, tracking: [] };
    const cdc = await found(world, 'feed.cdc-off');
    expect(cdc).toMatchObject({ severity: 'warning' });
    expect(cdc?.remedy).toContain('EXEC sys.sp_cdc_enable_db');
    expect(cdc?.remedy).toContain('sys.sp_cdc_enable_table');
    const tracking = await found(world, 'feed.change-tracking-off');
    expect(tracking?.remedy).toContain(
      'ALTER DATABASE [shop] SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 2 DAYS, AUTO_CLEANUP = ON)',
    );
  });

  it('only mentions a feed that is off beside one that is on', async () => {
    expect(await found({ basics: { cdc: false } }, 'feed.cdc-off')).toMatchObject({
      severity: 'info',
    });
  });

  it('11.5: says when the configuration allows what the login may not do', async () => {
    const world = { basics: { cdc: false, mayAlter: 0 }, tracking: [] };
    const may = { cdc: true, changeTracking: true };
    expect((await found(world, 'feed.cdc-off', may))?.message).toContain('that takes sysadmin');
    expect((await found(world, 'feed.change-tracking-off', may))?.message).toContain(
      'that takes ALTER on the database',
    );
  });

  it('11.5: says that the Agent is stopped, or that it cannot tell', async () => {
    expect(await found({ agent: [{ status: 'Stopped' }] }, 'feed.agent')).toMatchObject({
      severity: 'error',
      message: 'SQL Server Agent is stopped: no change reaches the change tables.',
    });
    expect(await found({ basics: { mayViewServerState: 0 } }, 'feed.agent')).toMatchObject({
      severity: 'info',
      remedy: 'Run: GRANT VIEW SERVER STATE TO [sluice]',
    });
  });

  it('11.5: names the GRANT for change tables that may not be read', async () => {
    expect(await found({ basics: { mayReadCdc: null } }, 'feed.cdc-select')).toMatchObject({
      severity: 'error',
      remedy: 'Run: GRANT SELECT ON SCHEMA::cdc TO [sluice]',
    });
  });

  it('11.5: names the GRANTs for tables and definitions', async () => {
    const rights = [
      { schema: 'dbo', table: 'a]b', maySelect: 0, mayViewChanges: 1 },
      { schema: 'dbo', table: 'c', maySelect: 1, mayViewChanges: 0 },
    ];
    expect((await found({ rights }, 'table.select'))?.remedy).toBe(
      'Run: GRANT SELECT ON [dbo].[a]]b] TO [sluice]',
    );
    expect((await found({ rights }, 'feed.view-change-tracking'))?.remedy).toBe(
      'Run: GRANT VIEW CHANGE TRACKING ON [dbo].[c] TO [sluice]',
    );
    expect(
      await found({ basics: { mayViewDefinition: 0 } }, 'database.view-definition'),
    ).toMatchObject({
      message: expect.stringContaining('a security policy that hides rows is not seen') as string,
      remedy: 'Run: GRANT VIEW DEFINITION TO [sluice]',
    });
  });

  it('11.6: refuses Change Tracking on a read-only secondary', async () => {
    const basics = { updateability: 'READ_ONLY' };
    expect(await found({ basics }, 'feed.change-tracking-secondary')).toMatchObject({
      severity: 'error',
    });
  });

  it('says that snapshot isolation, automatic clean-up or the capture job are off', async () => {
    expect(
      await found({ basics: { snapshotIsolation: 0 } }, 'feed.snapshot-isolation'),
    ).toBeDefined();
    const tracking = [{ retention: 2, unit: 'DAYS', autoCleanup: false }];
    expect(await found({ tracking }, 'feed.auto-cleanup')).toBeDefined();
    const basics = { logReuseWait: 'REPLICATION' };
    expect(await found({ basics }, 'feed.capture-behind')).toBeDefined();
  });

  it('warns of a connection in the clear, or to a certificate that nobody checks', async () => {
    const clear = await source({}, NOTHING, { ...CONNECTION, tls: { mode: 'disable' } });
    expect(clear.map(({ code }) => code)).toContain('connection.not-encrypted');
    const trusted = await source({}, NOTHING, { ...CONNECTION, tls: { mode: 'require' } });
    expect(trusted.map(({ code }) => code)).toContain('connection.not-verified');
  });
});

describe('what check says about a target', () => {
  async function codes(world: World): Promise<string[]> {
    const findings = await preflightTarget(worldOf(world), CONNECTION);
    return findings.filter(({ severity }) => severity !== 'ok').map(({ code }) => code);
  }

  it('has nothing against one that can be written to', async () => {
    expect(await codes({})).toEqual([]);
  });

  it('refuses a read-only one, and one in which nothing may be made', async () => {
    expect(await codes({ basics: { updateability: 'READ_ONLY' } })).toEqual(['target.read-only']);
    const findings = await preflightTarget(
      worldOf({ basics: { mayCreateTable: 0, mayCreateSchema: 0 } }),
      CONNECTION,
    );
    expect(findings.find(({ code }) => code === 'target.create')).toMatchObject({
      severity: 'error',
      remedy: 'Run: GRANT CREATE TABLE, CREATE SCHEMA TO [sluice]',
    });
  });

  it('warns of a log that is nearly full, with what it waits for', async () => {
    const world = {
      basics: { logReuseWait: 'LOG_BACKUP' },
      log: [{ bytes: 1048576 * 100, usedPercent: 93.4 }],
    };
    const findings = await preflightTarget(worldOf(world), CONNECTION);
    const finding = findings.find(({ code }) => code === 'target.log-space');
    expect(finding?.message).toBe(
      'The log of shop (100 MB, recovery model FULL) is 93 % full. It waits for a log backup.',
    );
    expect(finding?.remedy).toContain('Run BACKUP LOG regularly');
  });

  it('tells that readers wait for writers', async () => {
    const codesFound = await codes({ basics: { readCommittedSnapshot: false } });
    expect(codesFound).toEqual(['target.read-committed-snapshot']);
  });
});
