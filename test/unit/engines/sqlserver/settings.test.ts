import { describe, expect, it } from 'vitest';
import type { ConnectionSettings } from '../../../../src/engines/contract/connection.js';
import type { MsPurpose } from '../../../../src/engines/sqlserver/connection-options.js';
import { driverConfig } from '../../../../src/engines/sqlserver/driver-config.js';
import { sessionSettings } from '../../../../src/engines/sqlserver/session-settings.js';
import { msConnection } from '../../../../src/engines/sqlserver/settings.js';

function settings(changes: Partial<ConnectionSettings>): ConnectionSettings {
  return {
    name: 'shop',
    engine: 'sqlserver',
    host: 'db.example',
    port: 1433,
    database: 'shop',
    user: 'sa',
    password: 'secret',
    tls: {
      mode: 'verifyFull',
      ca: undefined,
      cert: undefined,
      key: undefined,
      serverName: undefined,
    },
    connectTimeout: 30_000,
    statementTimeout: 300_000,
    applicationName: 'sluice',
    session: {},
    pool: { min: 0, max: 10, idleTimeout: 1000, healthCheckInterval: 1000 },
    own: {},
    ...changes,
  };
}

function connection(changes: Partial<ConnectionSettings>) {
  return msConnection(() => settings(changes), 'sluice');
}

function options(changes: Partial<ConnectionSettings>, purpose: MsPurpose = 'source') {
  return driverConfig(connection(changes), purpose, 'secret').options;
}

describe('a connection to SQL Server', () => {
  it.each([
    ['db', { host: 'db', port: 1433 }],
    ['db,1500', { host: 'db', port: 1500 }],
    ['db\\INST', { host: 'db', port: 1433, instance: 'INST' }],
    ['db\\INST,1500', { host: 'db', port: 1500 }],
  ])('is found at %s', (host, found) => {
    const { host: name, port, instance } = connection({ host });
    expect({ host: name, port, ...(instance === undefined ? {} : { instance }) }).toEqual(found);
  });

  it('checks certificate and name unless something else was asked for', () => {
    expect(options({})).toMatchObject({ encrypt: true, trustServerCertificate: false });
    const trusting = options({ own: { trustServerCertificate: true } });
    expect(trusting).toMatchObject({ encrypt: true, trustServerCertificate: true });
    expect(options({ own: { strictEncryption: true } })).toMatchObject({ encrypt: 'strict' });
  });

  it('11.6: announces that a source is only read, and that a target is not', () => {
    expect(options({})).toMatchObject({ readOnlyIntent: true });
    expect(options({}, 'target')).toMatchObject({ readOnlyIntent: false });
    // A watermark is read from where others write, unless its user insists.
    expect(options({}, 'primary')).toMatchObject({ readOnlyIntent: false });
    expect(options({ own: { applicationIntent: 'readOnly' } }, 'primary')).toMatchObject({
      readOnlyIntent: true,
    });
    expect(options({ own: { applicationIntent: 'readWrite' } })).toMatchObject({
      readOnlyIntent: false,
    });
  });

  it('8.5: leaves timing of requests to us and rolls back what failed', () => {
    expect(options({})).toMatchObject({
      requestTimeout: 0,
      abortTransactionOnError: true,
      maxRetriesOnTransientErrors: 0,
    });
  });

  it('tries all addresses of a listener at once where that is asked for', () => {
    expect(options({})).toMatchObject({ multiSubnetFailover: false });
    const own = { multiSubnetFailover: true };
    expect(options({ own })).toMatchObject({ multiSubnetFailover: true });
  });

  it('11.14: asks for the port of an instance', () => {
    expect(options({ host: 'db\\INST' })).toMatchObject({ instanceName: 'INST' });
    expect(options({ host: 'db\\INST' })).not.toHaveProperty('port');
  });

  it('11.14: logs in by NTLM where there is a domain', () => {
    const ada = connection({ user: 'CORP\\ada' });
    expect(driverConfig(ada, 'source', 'x').authentication).toEqual({
      type: 'ntlm',
      options: { userName: 'ada', password: 'x', domain: 'CORP' },
    });
  });

  it('11.14: refuses integrated security without a password and says what to do', () => {
    expect(() => connection({ user: undefined, password: undefined })).toThrow(
      /integrated security/,
    );
  });
});

describe('the settings of a session', () => {
  it('8.5: has a lock timeout on a source and none on a target', () => {
    expect(sessionSettings(connection({}), 'copy')).toBe('SET LOCK_TIMEOUT 5000;');
    expect(sessionSettings(connection({}), 'target')).toBe('SET LOCK_TIMEOUT -1;');
  });

  it('takes what the user asks for', () => {
    const asked = connection({ session: { deadlock_priority: 'LOW' } });
    expect(sessionSettings(asked, 'target')).toContain('SET DEADLOCK_PRIORITY LOW;');
  });

  it.each([['xact_abort'], ['Dateformat'], ['language'], ['x; DROP TABLE y']])(
    'refuses %s, on which values depend',
    (name) => {
      const asked = connection({ session: { [name]: 'ON' } });
      expect(() => sessionSettings(asked, 'target')).toThrow(/session setting|SET option/);
    },
  );
});
