import { ConnectionError, RequestError } from 'tedious';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../../../src/core/errors.js';
import {
  isDuplicateKey,
  msNumberOf,
  switchRefusal,
  toMsError,
} from '../../../../src/engines/sqlserver/ms-errors.js';

const SUBJECT = 'the target database shop at db,1433';

function server(number: number, message = 'text of the server'): Error {
  return Object.assign(new RequestError(message, 'EREQUEST'), { number, state: 1, class: 16 });
}

describe('an error of SQL Server', () => {
  it.each([
    [1205, 'DEADLOCK'],
    [1222, 'LOCK_TIMEOUT'],
    [3960, 'DEADLOCK'],
    [18456, 'LOGIN_REFUSED'],
    [4060, 'DATABASE_MISSING'],
    [229, 'PERMISSION_DENIED'],
    [2557, 'PERMISSION_DENIED'],
    [2760, 'PERMISSION_DENIED'],
    [208, 'TABLE_MISSING'],
    [2627, 'ROW_REJECTED'],
    [2628, 'ROW_REJECTED'],
    [547, 'ROW_REJECTED'],
    [9002, 'DISK_FULL'],
    [1105, 'DISK_FULL'],
    [40501, 'SERVER_BUSY'],
    [10054, 'CONNECTION_LOST'],
    [4982, 'SCHEMA_MISMATCH'],
    [51001, 'FENCED_OUT'],
    [51003, 'STALE_EPOCH'],
    [99999, 'UNEXPECTED'],
  ])('%i is %s', (number, code) => {
    const error = toMsError(server(number), SUBJECT);
    expect(error.code).toBe(code);
    expect(error.vendorCode).toBe(String(number));
    expect(msNumberOf(error)).toBe(number);
  });

  it('never shows the value of a row', () => {
    for (const number of [2627, 2601, 2628, 8152, 245, 8114, 99999]) {
      const error = toMsError(server(number, `The value is (secret).`), SUBJECT);
      expect(JSON.stringify([error.message, error.remedy, String(error.cause)])).not.toMatch(
        /secret/,
      );
    }
  });

  it('passes on what the server says of objects', () => {
    expect(toMsError(server(208, "Invalid object name 'dbo.t'."), SUBJECT).message).toMatch(
      /dbo\.t/,
    );
  });

  it('is the reason, not what came along with it', () => {
    const error = new AggregateError([server(1785), server(1750)]);
    expect(toMsError(error, SUBJECT).vendorCode).toBe('1785');
    const other = new AggregateError([server(3621), server(2627)]);
    expect(isDuplicateKey(toMsError(other, SUBJECT))).toBe(true);
  });

  it('says in words why a switch was refused', () => {
    expect(switchRefusal(server(4904))).toMatch(/not empty/);
    expect(switchRefusal(server(1205))).toBeNull();
  });
});

describe('an error of the driver', () => {
  const caused = (message: string, code: string, cause: string) =>
    new ConnectionError(message, code, { cause: Object.assign(new Error(cause), { code: cause }) });

  it('tells a server that nobody reached from a session that broke', () => {
    const refused = caused('Failed to connect to db:1433 - x', 'ESOCKET', 'ECONNREFUSED');
    expect(toMsError(refused, SUBJECT).code).toBe('SERVER_UNREACHABLE');
    const slow = new ConnectionError('Failed to connect to db:1433 in 1000ms', 'ETIMEOUT');
    expect(toMsError(slow, SUBJECT).code).toBe('SERVER_UNREACHABLE');
    const broken = caused('Connection lost - socket hang up', 'ESOCKET', 'ECONNRESET');
    expect(toMsError(broken, SUBJECT).code).toBe('CONNECTION_LOST');
  });

  it('tells a certificate that is not trusted', () => {
    const message = 'Failed to connect to db:1433 - self-signed certificate';
    const untrusted = caused(message, 'ESOCKET', 'DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(toMsError(untrusted, SUBJECT).code).toBe('TLS_REFUSED');
    expect(toMsError(new ConnectionError('x', 'EENCRYPT'), SUBJECT).code).toBe('TLS_REFUSED');
  });

  it('is a broken session where an answer could not be read', () => {
    expect(toMsError(new ConnectionError('x', 'EBADTOKEN'), SUBJECT).code).toBe('CONNECTION_LOST');
  });

  it('leaves our own errors as they are', () => {
    const own = new SluiceError('FENCED_OUT', 'x');
    expect(toMsError(own, SUBJECT)).toBe(own);
  });
});
