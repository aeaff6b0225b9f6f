/** DDL across a snapshot: told by 3961, or by a name that is gone; whichever the server says. */
import { expect, it } from 'vitest';
import type { ErrorCode } from '../../../../src/core/errors.js';
import { SluiceError } from '../../../../src/core/errors.js';
import { TrackingWindows } from '../../../../src/engines/sqlserver/feed/change-tracking/tracking-windows.js';
import { TrackingWatch } from '../../../../src/engines/sqlserver/feed/change-tracking/tracking-watch.js';
import { streamRows } from '../../../../src/engines/sqlserver/full-sync/read-chunk.js';
import { SQLSERVER_WIRE } from '../../../../src/engines/sqlserver/full-sync/wire.js';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';
import { modelOf, msColumn, msTable } from '../ms-models.js';
import { RecordingSession } from '../recording-session.js';

class FailingSession extends RecordingSession {
  constructor(private readonly failure: SluiceError) {
    super(() => [{ id: 1, snapshot: 1 }]);
  }

  override async *streamParts(): AsyncGenerator<readonly (readonly unknown[])[]> {
    yield await Promise.resolve([[1]]);
    throw this.failure;
  }
}

const raised = (code: ErrorCode, vendorCode: string) => new SluiceError(code, 'x', { vendorCode });

async function readWith(failure: SluiceError): Promise<unknown> {
  const session = new FailingSession(failure);
  const pool: SessionPool = {
    use: async (work) => work(session),
    take: () => Promise.resolve({ session, release: () => Promise.resolve() }),
    interrupt: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const model = modelOf(msTable('t', [msColumn('id', 'int', { nullable: false })]));
  const request = { pool, model, relation: '[dbo].[t]', wire: SQLSERVER_WIRE };
  const { bytes } = await streamRows(request, { sql: '', params: [] });
  try {
    for await (const _part of bytes);
    return null;
  } catch (error) {
    return error;
  }
}

it.each([
  ['3961', 'DEADLOCK', 'FEED_CHANGED'],
  ['207', 'TABLE_MISSING', 'FEED_CHANGED'],
  ['208', 'TABLE_MISSING', 'FEED_CHANGED'],
  // Another number is tried again, and finds the table changed then.
  ['3999', 'UNEXPECTED', 'UNEXPECTED'],
] as const)('a copy that meets error %s (%s) ends with %s', async (number, code, told) => {
  expect(await readWith(raised(code, number))).toMatchObject({ code: told });
});

it('is no end of a window of Change Tracking, which is read again', () => {
  const watch = new TrackingWatch({ wire: 'sqlserver', asText: () => [] }, () => []);
  const windows = new TrackingWindows(new RecordingSession(), watch, true);
  expect(windows.recovers(raised('DEADLOCK', '3961'))).toBe(true);
  expect(windows.recovers(raised('CONNECTION_LOST', '10054'))).toBe(false);
});
