import { describe, expect, it } from 'vitest';
import { SluiceError } from '../../../../src/core/errors.js';
import { claimLane } from '../../../../src/engines/sqlserver/apply/claim.js';
import { RecordingSession } from '../recording-session.js';

const TAKEN = {
  ...{ fence: '2', position: '00', lineage: 'l', parked_seq: '0' },
  ...{ recorded: null, source_time: null, moved_at: '2026-01-01T00:00:00' },
};

describe('taking over a lane', () => {
  it.each(['PERMISSION_DENIED', 'TABLE_MISSING'] as const)(
    'goes on where the server does not show its sessions (%s)',
    async (code) => {
      const session = new RecordingSession((sql) => {
        if (sql.includes('dm_exec_sessions')) throw new SluiceError(code, 'Not for you.');
        return sql.includes('update sluice.lane') ? [TAKEN] : [];
      });
      const { claim } = await claimLane(session, '1', 'test');
      expect(claim).toMatchObject({ laneId: '1', fence: '2', position: '00' });
      const taking = session.statements.find(({ sql }) => sql.includes('update sluice.lane'));
      expect(taking?.params).toContainEqual({ name: 'began', type: 'nvarchar', value: null });
    },
  );

  it('ends the former owner first, and waits for it where it may not', async () => {
    const began = '2024-01-01T00:00:00.003';
    const session = new RecordingSession((sql) => {
      if (sql.includes('@@spid') && sql.includes('l.owner_session')) return [{ session_id: 77 }];
      if (sql.includes('as began')) return [{ began }];
      return [TAKEN];
    });
    session.batch = (sql) => {
      session.statements.push({ sql, params: [] });
      return Promise.reject(new SluiceError('PERMISSION_DENIED', 'KILL is not for you.'));
    };
    await claimLane(session, '1', 'test');
    expect(session.statements.map(({ sql }) => sql)).toContain('kill 77');
    expect(session.statements.at(-1)?.params).toContainEqual({
      ...{ name: 'began', type: 'nvarchar', value: began },
    });
  });
});
