import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../../../src/core/errors.js';
import { captureAge, capturedSoFar } from '../../../../src/engines/sqlserver/feed/cdc/fence.js';
import {
  READ_CAPTURED_AGE,
  READ_CLOCK,
  READ_LAST_SCAN,
  READ_SCAN_LIMIT,
} from '../../../../src/engines/sqlserver/feed/cdc/sql/fence-sql.js';
import { READ_MAX_LSN } from '../../../../src/engines/sqlserver/feed/cdc/sql/state-sql.js';
import type { Query, Row } from '../../../../src/engines/sqlserver/sql-session.js';

/** As a login without VIEW DATABASE STATE sees it. */
function blind(ageSeconds: number | null): Query {
  const answers = new Map<string, Row>([
    [READ_CLOCK, { now: '2026-01-01T00:00:00' }],
    [READ_SCAN_LIMIT, { mostTransactions: 500 }],
    [READ_CAPTURED_AGE, { ageSeconds }],
    [READ_MAX_LSN, { lsn: Buffer.alloc(10, 1) }],
  ]);
  return <T extends Row>(sql: string) => {
    if (sql === READ_LAST_SCAN) {
      return Promise.reject(new SluiceError('PERMISSION_DENIED', 'It may not.'));
    }
    const row = answers.get(sql);
    return Promise.resolve((row === undefined ? [] : [row]) as unknown as readonly T[]);
  };
}

describe('a capture job that this login may not see', () => {
  it('is known not to run once the idle rows of the log stay away, so the end is none', async () => {
    expect(await captureAge(blind(3_600))).toBe(3_600);
    await expect(capturedSoFar(blind(3_600))).rejects.toMatchObject({ code: 'SERVER_BUSY' });
  });

  it('may run while they are no older than they can be on a quiet server', async () => {
    expect(await captureAge(blind(400))).toBeNull();
    expect(await captureAge(blind(null))).toBeNull();
    expect(await capturedSoFar(blind(400))).toBe('01'.repeat(10));
  });
});
