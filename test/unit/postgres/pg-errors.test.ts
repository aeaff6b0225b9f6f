import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isMembershipChanged,
  isOrderSensitive,
  sqlStateOf,
  toPgError,
} from '../../../src/engines/postgres/pg-errors.js';

function serverError(code: string, message = 'text of the server'): Error {
  return Object.assign(new Error(message), {
    code,
    severity: 'ERROR',
    detail: 'Key (email)=(secret@example.org) exists.',
    where: 'COPY item, line 1, column email: "secret@example.org"',
    table: 'item',
  });
}

describe('errors of PostgreSQL', () => {
  it.each([
    ['28P01', 'LOGIN_REFUSED', 'transient'],
    ['3D000', 'DATABASE_MISSING', 'permanent'],
    ['42501', 'PERMISSION_DENIED', 'permanent'],
    ['42P01', 'TABLE_MISSING', 'permanent'],
    ['55P03', 'LOCK_TIMEOUT', 'transient'],
    ['40P01', 'DEADLOCK', 'transient'],
    ['40001', 'SERVER_BUSY', 'transient'],
    ['53300', 'SERVER_BUSY', 'transient'],
    ['53100', 'DISK_FULL', 'transient'],
    ['57P01', 'CONNECTION_LOST', 'transient'],
    ['57P03', 'SERVER_BUSY', 'transient'],
    ['57014', 'SERVER_BUSY', 'transient'],
    ['08006', 'CONNECTION_LOST', 'transient'],
    ['25P03', 'CONNECTION_LOST', 'transient'],
    ['23505', 'ROW_REJECTED', 'permanent'],
    ['22003', 'ROW_REJECTED', 'permanent'],
    ['55006', 'FEED_IN_USE', 'transient'],
    ['SL001', 'FENCED_OUT', 'benign'],
    ['SL003', 'STALE_EPOCH', 'benign'],
    ['XX000', 'UNEXPECTED', 'transient'],
    ['ECONNREFUSED', 'SERVER_UNREACHABLE', 'transient'],
    ['ENOTFOUND', 'SERVER_UNREACHABLE', 'transient'],
    ['ECONNRESET', 'CONNECTION_LOST', 'transient'],
    ['EPIPE', 'CONNECTION_LOST', 'transient'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'TLS_REFUSED', 'permanent'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS_REFUSED', 'permanent'],
    ['CERT_HAS_EXPIRED', 'TLS_REFUSED', 'permanent'],
  ])('%s means %s, which is %s', (vendorCode, code, kind) => {
    const error = toPgError(serverError(vendorCode), 'the target shop');
    expect(error).toMatchObject({ code, kind, vendorCode });
    expect(error.remedy).toBeDefined();
    expect(error.message).toMatch(/the target shop/i);
  });

  it('names what refused a row', () => {
    const fields = { constraint: 'item_email_key', column: 'email' };
    const refused = toPgError(Object.assign(serverError('23505'), fields), 'the target shop');
    expect(refused.message).toBe(
      'The target shop refused a row. The server names table "item", column "email", constraint "item_email_key".',
    );
    // A function may raise what it likes, also with fields.
    const raised = toPgError(Object.assign(serverError('P0001'), fields), 'the target shop');
    expect(raised.message).toBe('The target shop refused a row.');
  });

  it.each([
    ['Connection terminated unexpectedly', 'CONNECTION_LOST'],
    ['timeout expired', 'SERVER_UNREACHABLE'],
    ['The server does not support SSL connections', 'TLS_REFUSED'],
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'LOGIN_REFUSED'],
  ])('the driver saying "%s" means %s', (message, code) => {
    expect(toPgError(new Error(message), 'the source')).toMatchObject({ code });
  });

  it('never pass on what the server says about rows', () => {
    const values = serverError('22P02', 'invalid input syntax for type integer: "secret"');
    fc.assert(
      fc.property(fc.constantFrom('22P02', '23505', '23503', 'P0001', 'XX000', '54000'), (code) => {
        const error = toPgError(Object.assign(values, { code }), 'the target shop');
        expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('secret');
      }),
    );
  });

  it('pass on the name of what is missing', () => {
    const error = toPgError(serverError('42P01', 'relation "item" does not exist'), 'the target');
    expect(error.message).toContain('relation "item" does not exist');
  });

  it('keep their SQLSTATE through the mapping', () => {
    for (const thrown of [serverError('SL002'), toPgError(serverError('SL002'), 'x')]) {
      expect(isMembershipChanged(thrown)).toBe(true);
    }
    for (const code of ['23505', '23503', '23P01']) {
      expect(isOrderSensitive(toPgError(serverError(code), 'x'))).toBe(true);
    }
    expect(isOrderSensitive(serverError('23502'))).toBe(false);
    expect(sqlStateOf(serverError('EPIPE'))).toBeUndefined();
    expect(sqlStateOf('text')).toBeUndefined();
  });

  it('are never wrapped twice', () => {
    const once = toPgError(serverError('42501'), 'a');
    expect(toPgError(once, 'b')).toBe(once);
  });
});
