import type { TLSSocket } from 'node:tls';
import { Connection, ConnectionError } from 'tedious';
import type { ConnectionConfiguration } from 'tedious';
import type { TlsMode } from './connection-options.js';

type ParserArguments = Parameters<Connection['createTokenStreamParser']>;
type Parser = ReturnType<Connection['createTokenStreamParser']>;

/** Node.js says so of a certificate whose issuer is trusted and whose name is another one. */
const OTHER_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** Longer than the driver waits for the answer once it could ask (its cancelTimeout: 5 s). */
const UNHEARD_MS = 7_000;

/**
 * The driver's connection with four of its holes closed:
 * - it goes on in the clear when a server says that it has no TLS, password included;
 * - what it cannot read in an answer ends the process as an uncaught exception, not the request;
 * - the end of an answer that is read on after its connection has gone (a consumer that is behind
 *   has it in its buffers) does the same, and makes the connection look as if it could be used;
 * - the end of a load that is cancelled waits behind its rows, so a server that takes nothing never
 *   hears of it (tedious, outgoing-message-stream.js: a paused message does not end).
 */
export class GuardedConnection extends Connection {
  readonly #tls: TlsMode;
  #secured: boolean;
  #refusal: string | undefined;

  constructor(config: ConnectionConfiguration, tls: TlsMode) {
    super(config);
    this.#tls = tls;
    this.#secured = tls === 'strict';
    this.on('secure', (cleartext: TLSSocket) => this.#judge(cleartext));
    // Without a listener a session that breaks while idle would end the process; requests report it.
    this.on('error', () => undefined);
  }

  override cancel(): boolean {
    const { request } = this;
    const cancelled = super.cancel();
    if (cancelled) {
      const end = () => {
        if (this.request === request) this.#giveUp(new Error('The server did not stop.'));
      };
      setTimeout(end, UNHEARD_MS).unref();
    }
    return cancelled;
  }

  override sendLogin7Packet(): void {
    const optional = this.#tls === 'disable' || this.#tls === 'prefer';
    if (!optional && (!this.#secured || this.#refusal !== undefined)) {
      throw new ConnectionError(
        this.#refusal ?? 'The server does not offer encryption.',
        'EENCRYPT',
      );
    }
    super.sendLogin7Packet();
  }

  override createTokenStreamParser(...[message, handler]: ParserArguments): Parser {
    const parser = super.createTokenStreamParser(message, handler);
    const stream = parser.parser;
    const fail = (error: unknown) => this.#giveUp(error);
    stream.on('error', fail);
    for (const event of ['data', 'end']) {
      for (const listener of stream.listeners(event)) {
        stream.removeListener(event, listener as () => void);
        stream.on(event, (...given: unknown[]) => {
          // Whoever waited for the answer has been told that it will not come.
          if (this.closed) return;
          try {
            Reflect.apply(listener, stream, given);
          } catch (error) {
            fail(error);
          }
        });
      }
    }
    return parser;
  }

  #judge(cleartext: TLSSocket): void {
    this.#secured = true;
    if (this.#tls !== 'verifyCa' || cleartext.authorized) return;
    const reason = String(cleartext.authorizationError);
    const code: unknown =
      typeof cleartext.authorizationError === 'object'
        ? Reflect.get(cleartext.authorizationError, 'code')
        : undefined;
    if (reason.includes(OTHER_NAME) || code === OTHER_NAME) return;
    this.#refusal = 'The issuer of the server certificate is not trusted.';
  }

  /** Ending the socket fails the request that waits for it, and nothing else. */
  #giveUp(error: unknown): void {
    const reason = error instanceof Error ? error.message : 'unreadable answer';
    this.socket?.destroy(new ConnectionError(reason, 'EBADTOKEN'));
  }
}
