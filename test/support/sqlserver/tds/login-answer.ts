import type { Session } from '../backend.js';
import { SqlError } from '../backend.js';
import { collationBytes, serverCollation } from './collation.js';
import type { LoginRequest } from './login.js';
import { serverVersion } from './prelogin.js';
import type { Channel } from './response.js';
import { Response } from './response.js';
import { writeBinaryChange, writeLoginAck, writeTextChange } from './tokens.js';

const SMALLEST_PACKET = 512;
const LARGEST_PACKET = 32_767;
const LOGIN_FAILED = 18456;
const NO_DATABASE = 4060;

function agreedPacketSize(wish: number): number {
  if (wish === 0) return 4096;
  return Math.min(LARGEST_PACKET, Math.max(SMALLEST_PACKET, wish));
}

/** What a client hears when it is in: database, collation, language, packet size. */
export async function answerLogin(
  channel: Channel,
  login: LoginRequest,
  session: Session,
): Promise<void> {
  channel.spid = session.spid;
  const response = new Response(channel, false);
  channel.database = session.database;
  writeTextChange(response.out, 'database', session.database, 'master');
  response.info(said(5701, 2, `Changed database context to '${session.database}'.`));
  writeBinaryChange(response.out, 'collation', collationBytes(serverCollation), Buffer.alloc(0));
  writeTextChange(response.out, 'language', login.language || 'us_english', '');
  response.info(said(5703, 1, 'Changed language setting to us_english.'));
  writeLoginAck(response.out, login.tdsVersion, serverVersion);
  const packetSize = agreedPacketSize(login.packetSize);
  writeTextChange(response.out, 'packetSize', String(packetSize), '4096');
  await response.end();
  channel.packetSize = packetSize;
}

const said = (number: number, state: number, message: string): SqlError =>
  new SqlError(number, message, { state, level: 0 });

/** A database that is not there is followed by the failed login, as on the server. */
export async function refuseLogin(
  channel: Channel,
  login: LoginRequest,
  error: SqlError,
): Promise<void> {
  const response = new Response(channel, false);
  response.error(error);
  if (error.number === NO_DATABASE) {
    const message = `Login failed for user '${login.user}'.`;
    response.error(new SqlError(LOGIN_FAILED, message, { level: 14 }));
  }
  await response.end();
  await new Promise<void>((resolve) => channel.stream.end(resolve));
}
