import type { ControlTables } from '../../contract/control-tables.js';
import type { ConnectionResolver } from '../../contract/connection.js';
import { idleRules } from '../../session-places.js';
import { openSessionPool } from '../session-pool.js';
import { msConnection } from '../settings.js';
import type { SessionPool } from '../sql-session.js';
import { MsControlTables } from './ms-control-tables.js';

/** One reads the rows while another reports. */
const SESSIONS = 2;

/** Settings are read, and the driver is loaded, at the first use: the script needs neither. */
export function openControlTables(
  resolve: ConnectionResolver,
  applicationName: string,
): ControlTables {
  return new MsControlTables(
    poolWhenUsed(async () => {
      const { connectMs } = await import('../connect.js');
      const connection = msConnection(resolve, applicationName);
      const open = async () => connectMs(connection, 'state');
      return openSessionPool(open, SESSIONS, idleRules(connection));
    }),
  );
}

/** What could not be made is tried again at the next use. */
function poolWhenUsed(make: () => Promise<SessionPool>): SessionPool {
  let making: Promise<SessionPool> | null = null;
  const pool = async (): Promise<SessionPool> => {
    making ??= make();
    try {
      return await making;
    } catch (error) {
      making = null;
      throw error;
    }
  };
  return {
    use: async (work) => (await pool()).use(work),
    take: async () => (await pool()).take(),
    interrupt: async () => {
      await (await making)?.interrupt();
    },
    close: async () => {
      await (await making)?.close();
    },
  };
}
