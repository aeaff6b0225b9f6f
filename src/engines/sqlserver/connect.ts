import { z } from 'zod';
import { onAzure } from './azure-login.js';
import { takePlace } from '../session-places.js';
import type { MsConnection, MsPurpose } from './connection-options.js';
import { describeServer } from './connection-options.js';
import { driverConfig } from './driver-config.js';
import { GuardedConnection } from './guarded-connection.js';
import { noAnswer } from '../no-answer.js';
import { STALLED_MS } from '../stalled.js';
import { toMsError } from './ms-errors.js';
import { runRequest } from './run-request.js';
import { sessionSettings } from './session-settings.js';
import type { MsSession } from './sql-session.js';
import { TediousSession } from './tedious-session.js';

export { describeServer } from './connection-options.js';
export type { MsConnection, MsPurpose } from './connection-options.js';

/** The driver waits for ever when an answer to the login cannot be read. */
const GRACE_MS = 2_000;

const spidRow = z.object({ spid: z.number() });

/** What one session has otherwise than its connection says. */
export interface MsSessionOptions {
  readonly statementTimeoutMs?: number;
  /** So long a bulk load may stand still where statements have no limit. */
  readonly stalledMs?: number;
  /** Default: readers of a source wait for a moment only, all others for as long as it takes. */
  readonly lockTimeoutMs?: number;
}

/**
 * Open one session with everything pinned that values depend on. The password is read now. A
 * session that breaks while idle does not crash the process: the next query on it fails.
 *
 * @throws SluiceError as toMsError says, CONFIG_INVALID for a pinned or malformed setting,
 * SERVER_BUSY when pool.max sessions are in use
 */
export async function connectMs(
  connection: MsConnection,
  purpose: MsPurpose,
  options: MsSessionOptions = {},
): Promise<MsSession> {
  const subject = describeServer(connection, purpose);
  const settings = sessionSettings(connection, purpose, options.lockTimeoutMs);
  const statementTimeoutMs = options.statementTimeoutMs ?? connection.statementTimeoutMs;
  const { stalledMs = STALLED_MS } = options;
  const leave = await takePlace(connection, subject);
  try {
    const password = await connection.password();
    const config = driverConfig(connection, purpose, password);
    const driver = new GuardedConnection(config, connection.tls.mode);
    driver.once('end', leave);
    const opening = { driver, connection, subject, settings, statementTimeoutMs, stalledMs };
    return await openSession(opening);
  } catch (error) {
    leave();
    throw error;
  }
}

interface Opening {
  readonly driver: GuardedConnection;
  readonly connection: MsConnection;
  readonly subject: string;
  readonly settings: string;
  readonly statementTimeoutMs: number;
  readonly stalledMs: number;
}

async function openSession(opening: Opening): Promise<MsSession> {
  const { driver, connection, subject, settings, statementTimeoutMs, stalledMs } = opening;
  try {
    await login(driver, connection.connectTimeoutMs, subject);
    const sql = `${settings}\nSELECT CONVERT(int, @@SPID) AS spid;`;
    const [row] = await runRequest(driver, { sql, params: null, timeoutMs: statementTimeoutMs });
    const { spid } = spidRow.parse(row);
    return new TediousSession(driver, { subject, spid, statementTimeoutMs, stalledMs, settings });
  } catch (error) {
    driver.close();
    throw onAzure(toMsError(error, subject), connection.host);
  }
}

/** The driver drops the number of a refused login; the event before it has it. */
async function login(driver: GuardedConnection, timeoutMs: number, subject: string): Promise<void> {
  let refusal: { number: number; message: string } | undefined;
  const keep = (token: { number: number; message: string }) => (refusal ??= token);
  driver.on('errorMessage', keep);
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => driver.close(), timeoutMs + GRACE_MS).unref();
      driver.once('end', () => reject(closedWhileConnecting()));
      driver.connect((error) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve();
      });
    });
  } catch (error) {
    if (refusal === undefined)
      throw limitPassed(error) ? noAnswer(subject, timeoutMs, 'ETIMEOUT') : error;
    throw Object.assign(new Error(refusal.message), { number: refusal.number });
  } finally {
    driver.removeListener('errorMessage', keep);
  }
}

function limitPassed(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === 'ETIMEOUT';
}

function closedWhileConnecting(): Error {
  return Object.assign(new Error('Failed to connect: the answer could not be read'), {
    code: 'ETIMEOUT',
  });
}
