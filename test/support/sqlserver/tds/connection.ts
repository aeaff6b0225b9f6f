import type { Socket } from 'node:net';
import type { Backend, Session } from '../backend.js';
import { ConnectionCut, SqlError } from '../backend.js';
import { BulkCancelled, BulkRows } from './bulk-rows.js';
import type { Certificate, Secured } from './handshake.js';
import { shakeHands } from './handshake.js';
import { parseLogin } from './login.js';
import { answerLogin, refuseLogin } from './login-answer.js';
import type { IncomingMessage } from './message-reader.js';
import { packetStatus, packetType } from './packet.js';
import { Procedures } from './procedures.js';
import type { Channel } from './response.js';
import { NO_TRANSACTION, Response } from './response.js';
import { parseBatch, parseCall } from './rpc.js';
import { parseTransactionRequest } from './transaction-request.js';

const FATAL_LEVEL = 20;

/** One client from its first byte to its last. */
export class Connection {
  readonly #socket: Socket;
  readonly #backend: Backend;
  readonly #certificate: Certificate | undefined;
  readonly #procedures = new Procedures();
  #running: AbortController | undefined;
  #attention = false;
  #transactions = 0n;
  #bulkStatement: string | undefined;

  constructor(socket: Socket, backend: Backend, certificate: Certificate | undefined) {
    this.#socket = socket;
    this.#backend = backend;
    this.#certificate = certificate;
    socket.setNoDelay(true);
    socket.on('close', () => this.#running?.abort());
  }

  /** Serves the client until either side ends; never rejects. */
  async serve(): Promise<void> {
    try {
      const secured = await shakeHands(this.#socket, this.#certificate, () => {
        this.#attention = true;
        this.#running?.abort();
      });
      if (secured !== undefined) await this.#logIn(secured);
    } catch (error) {
      // A client that leaves or sends nonsense ends its own connection and nothing else.
      this.#socket.destroy(error instanceof Error ? error : undefined);
    } finally {
      this.#socket.destroy();
    }
  }

  async #logIn(secured: Secured): Promise<void> {
    const message = await secured.reader.next();
    if (message?.type !== packetType.login) return;
    const login = parseLogin(await message.whole());
    const channel = this.#channel(secured, login.database);
    let session: Session;
    try {
      if (login.integrated) throw new SqlError(99999, 'not modelled: integrated logins');
      session = await this.#backend.login(login);
    } catch (error) {
      await refuseLogin(channel, login, this.#asSqlError(error));
      return;
    }
    const home = session.database;
    try {
      await answerLogin(channel, login, session);
      for await (const request of messages(secured)) {
        if (!(await this.#answer(channel, session, request, home))) break;
      }
    } finally {
      await session.close();
    }
  }

  #channel(secured: Secured, database: string): Channel {
    return {
      stream: secured.stream,
      spid: 0,
      packetSize: 4096,
      database,
      descriptor: NO_TRANSACTION,
      nextDescriptor: () => {
        this.#transactions += 1n;
        const descriptor = Buffer.alloc(8);
        descriptor.writeBigUInt64LE(this.#transactions);
        return descriptor;
      },
    };
  }

  /** Answers one message; false where the connection has to end. */
  async #answer(
    channel: Channel,
    session: Session,
    message: IncomingMessage,
    home: string,
  ): Promise<boolean> {
    const response = new Response(channel, message.type === packetType.rpc);
    if (message.type === packetType.attention) {
      this.#attention = false;
      await response.endAttention();
      return true;
    }
    const running = new AbortController();
    this.#running = running;
    if (this.#attention || this.#socket.destroyed) running.abort();
    try {
      if ((message.status & packetStatus.resetConnection) !== 0) {
        await reset(session, channel, response, home);
      }
      await this.#run(session, message, response, running.signal);
    } catch (error) {
      if (error instanceof ConnectionCut) {
        this.#socket.resetAndDestroy();
        return false;
      }
      if (!(error instanceof BulkCancelled)) response.error(this.#asSqlError(error));
    } finally {
      this.#running = undefined;
    }
    await response.end();
    return response.worst < FATAL_LEVEL;
  }

  async #run(
    session: Session,
    message: IncomingMessage,
    response: Response,
    signal: AbortSignal,
  ): Promise<void> {
    if (message.type === packetType.bulk) return this.#load(session, message, response);
    const payload = await message.whole();
    if (message.ignored) return;
    switch (message.type) {
      case packetType.batch:
        return this.#batch(session, parseBatch(payload), response, signal);
      case packetType.rpc: {
        const statement = this.#procedures.resolve(parseCall(payload), response);
        if (statement !== undefined) {
          await session.run({ ...statement, nested: true, signal }, response);
        }
        return;
      }
      case packetType.transaction:
        return transact(session, payload, response);
      default:
        throw new SqlError(99999, `not modelled: message ${String(message.type)}`);
    }
  }

  async #batch(
    session: Session,
    text: string,
    response: Response,
    signal: AbortSignal,
  ): Promise<void> {
    if (/^\s*insert\s+bulk\s/i.test(text)) {
      // Its rows come in the next message.
      this.#bulkStatement = text;
      return;
    }
    await session.run({ text, params: [], signal }, response);
  }

  async #load(session: Session, message: IncomingMessage, response: Response): Promise<void> {
    const statement = this.#bulkStatement;
    this.#bulkStatement = undefined;
    const rows = new BulkRows(message);
    try {
      if (statement === undefined) throw new SqlError(4002, 'The incoming TDS stream is invalid.');
      const columns = await rows.columns();
      response.done(await session.bulk(statement, rows, columns));
    } finally {
      await rows.drain();
    }
  }

  #asSqlError(error: unknown): SqlError {
    if (error instanceof SqlError) return error;
    const text = error instanceof Error ? (error.stack ?? error.message) : 'no Error';
    return new SqlError(99999, `the stand-in failed: ${text}`);
  }
}

async function* messages(secured: Secured): AsyncGenerator<IncomingMessage> {
  for (;;) {
    const message = await secured.reader.next();
    if (message === undefined) return;
    yield message;
  }
}

/** sp_reset_connection, asked for by a flag of the next request. */
async function reset(
  session: Session,
  channel: Channel,
  response: Response,
  home: string,
): Promise<void> {
  await session.reset();
  if (channel.descriptor !== NO_TRANSACTION) response.transaction('rolledBack');
  response.resetAcknowledged();
  if (channel.database !== home) response.database(home);
}

async function transact(session: Session, payload: Buffer, response: Response): Promise<void> {
  const request = parseTransactionRequest(payload);
  const before = session.inTransaction();
  switch (request.kind) {
    case 'begin':
      await session.begin(request.isolation, request.name);
      if (!before && session.inTransaction()) response.transaction('begun');
      return;
    case 'commit':
      await session.commit();
      if (before && !session.inTransaction()) response.transaction('committed');
      return;
    case 'rollback':
      await session.rollback(request.name);
      if (before && !session.inTransaction()) response.transaction('rolledBack');
      return;
    case 'save':
      return session.save(request.name);
  }
}
