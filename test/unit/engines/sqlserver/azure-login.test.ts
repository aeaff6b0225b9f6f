import { describe, expect, it } from 'vitest';
import { onAzure } from '../../../../src/engines/sqlserver/azure-login.js';
import { toMsError } from '../../../../src/engines/sqlserver/ms-errors.js';

function refused(number: number) {
  return toMsError(Object.assign(new Error('Cannot open it.'), { number }), 'the database shop');
}

describe('a database that cannot be opened', () => {
  it('11.14: is missing on a server of one’s own (4060), and tried again on Azure', () => {
    expect(onAzure(refused(4060), 'db.example.com')).toMatchObject({
      code: 'DATABASE_MISSING',
      kind: 'permanent',
    });
    expect(onAzure(refused(4060), 'shop.database.windows.net')).toMatchObject({
      code: 'SERVER_BUSY',
      kind: 'transient',
      vendorCode: '4060',
    });
  });

  it('11.14: is what it is on Azure for every other reason', () => {
    expect(onAzure(refused(18456), 'shop.database.windows.net').code).toBe('LOGIN_REFUSED');
    expect(onAzure(refused(4060), 'database.windows.net.example.com').code).toBe(
      'DATABASE_MISSING',
    );
  });
});
