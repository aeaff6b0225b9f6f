import { ConnectionError, RequestError } from 'tedious';
import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../../../src/core/errors.js';
import {
  isDuplicateKey,
  isTruncateRefused,
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
    [4701, 'TABLE_MISSING'],
    [15248, 'TABLE_MISSING'],
    [3725, 'SCHEMA_MISMATCH'],
    [3727, 'SCHEMA_MISMATCH'],
    [2557, 'PERMISSION_DENIED'],
    [2760, 'PERMISSION_DENIED'],
    [230, 'PERMISSION_DENIED'],
    [262, 'PERMISSION_DENIED'],
    [208, 'TABLE_MISSING'],
    [207, 'TABLE_MISSING'],
    [102, 'SCHEMA_MISMATCH'],
    [2627, 'ROW_REJECTED'],
    [2601, 'ROW_REJECTED'],
    [2628, 'ROW_REJECTED'],
    [8152, 'ROW_REJECTED'],
    [8115, 'ROW_REJECTED'],
    [245, 'ROW_REJECTED'],
    [515, 'ROW_REJECTED'],
    [547, 'ROW_REJECTED'],
    [9002, 'DISK_FULL'],
    [1105, 'DISK_FULL'],
    [1204, 'SERVER_BUSY'],
    [40501, 'SERVER_BUSY'],
    [40615, 'SERVER_UNREACHABLE'],
    [976, 'SERVER_BUSY'],
    [3961, 'DEADLOCK'],
    [271, 'SCHEMA_MISMATCH'],
    [544, 'SCHEMA_MISMATCH'],
    [4816, 'SCHEMA_MISMATCH'],
    [15336, 'SCHEMA_MISMATCH'],
    [8672, 'ROW_REJECTED'],
    [10054, 'CONNECTION_LOST'],
    [4982, 'SCHEMA_MISMATCH'],
    [99999, 'UNEXPECTED'],
  ])('%i is %s', (number, code) => {
    const error = toMsError(server(number), SUBJECT);
    expect(error.code).toBe(code);
    expect(error.vendorCode).toBe(String(number));
    expect(msNumberOf(error)).toBe(number);
  });

  it.each([
    ...[1205, 1222, 1204, 3960, 64, 121, 233, 10053, 10054, 10060, 997, 4221, 10928, 10929],
    ...[40143, 40197, 40501, 40540, 40613, 42108, 42109, 49918, 49919, 49920],
    ...[976, 978, 979, 983, 35250, 9002, 1105, 3961, 40615, 99999],
  ])('%i passes: it is tried again', (number) => {
    expect(toMsError(server(number), SUBJECT).kind).toBe('transient');
  });

  it.each([...[229, 230, 262, 208, 207, 102, 547, 515, 2627, 2601, 2628, 8152, 8115, 245]])(
    '%i stays: it needs a person',
    (number) => {
      const error = toMsError(server(number), SUBJECT);
      expect(error.kind).toBe('permanent');
      expect(error.remedy).toBeTruthy();
    },
  );

  it('says when it is tried again, where the server asks for time', () => {
    expect(toMsError(server(40501), SUBJECT).retryAfterMs).toBe(10_000);
    expect(toMsError(server(40613), SUBJECT).retryAfterMs).toBeUndefined();
  });

  it('says which address a firewall does not let in', () => {
    const text = "Client with IP address '10.0.0.7' is not allowed to access the server.";
    const error = toMsError(server(40615, text), SUBJECT);
    expect(error.message).toMatch(
      /^The firewall of .* does not let this machine in\. .*10\.0\.0\.7/,
    );
    expect(error.remedy).toMatch(/firewall rule/);
  });

  it('never shows the value of a row', () => {
    for (const number of [2627, 2601, 1505, 2628, 8152, 245, 8114, 99999]) {
      const error = toMsError(server(number, `The value is (secret).`), SUBJECT);
      expect(JSON.stringify([error.message, error.remedy, String(error.cause)])).not.toMatch(
        /secret/,
      );
    }
  });

  it.each([
    [
      2627,
      "Violation of PRIMARY KEY constraint 'PK_t'. Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is (secret).",
      'PK_t',
    ],
    [
      2601,
      "Cannot insert duplicate key row in object 'dbo.t' with unique index 'ix t'. The duplicate key value is (secret).",
      'ix t',
    ],
    [
      1505,
      "The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the object name 'dbo.t' and the index name 'ix'. The duplicate key value is (secret).",
      'ix',
    ],
  ])('%i names the index that refused a row', (number, text, name) => {
    const { message } = toMsError(server(number, text), SUBJECT);
    expect(message).toContain(`The server names the unique index "${name}".`);
    expect(message).not.toContain('secret');
  });

  it.each([
    "Violation of PRIMARY KEY constraint 'it's'. Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is (secret).",
    "The duplicate key value is ('secret'). Violation of UNIQUE KEY constraint 'secret'. Cannot insert duplicate key in object 'secret'. ",
    "Cannot insert duplicate key row in object 'dbo.t' with unique index 'it's'. The duplicate key value is (x' with unique index 'secret'. ).",
  ])('names none where that is not sure: %s', (text) => {
    for (const number of [2627, 2601]) {
      const { message } = toMsError(server(number, text), SUBJECT);
      expect(message).toMatch(/equal to another one in a unique index\.$/);
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

  it('is told as it is where a table may not be truncated', () => {
    expect(toMsError(server(4711), SUBJECT).remedy).toContain('deleted in batches');
    expect(toMsError(server(4712), SUBJECT).remedy).toMatch(/load: merge.*VIEW DEFINITION/);
    expect([4711, 4712, 4905].map((number) => isTruncateRefused(server(number)))).toEqual([
      true,
      true,
      false,
    ]);
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

  it.each([
    ['ECONNCLOSED', 'CONNECTION_LOST'],
    ['ECONNRESET', 'CONNECTION_LOST'],
    ['ESOCKET', 'CONNECTION_LOST'],
    ['ETIMEOUT', 'SERVER_BUSY'],
  ])('%s passes: it is tried again', (code, meaning) => {
    const error = toMsError(new ConnectionError('x', code), SUBJECT);
    expect(error).toMatchObject({ code: meaning, kind: 'transient' });
  });

  it('is a broken session where an answer could not be read', () => {
    expect(toMsError(new ConnectionError('x', 'EBADTOKEN'), SUBJECT).code).toBe('CONNECTION_LOST');
  });

  it('leaves our own errors as they are', () => {
    const own = new SluiceError('FENCED_OUT', 'x');
    expect(toMsError(own, SUBJECT)).toBe(own);
  });
});
