import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { HEADER_BYTES, PacketCutter, framed, packetType } from './packet.js';

/**
 * TDS 7 sends the TLS handshake inside PRELOGIN packets and everything after it bare. Both sides
 * change over when the client's first record comes without a packet around it: a TLS record never
 * begins with the type of a PRELOGIN packet.
 */
export class TlsInPackets extends Duplex {
  readonly #socket: Socket;
  readonly #cutter = new PacketCutter();
  #bare = false;
  #flight: Buffer[] = [];

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  #receive(chunk: Buffer): void {
    if (!this.#cutter.amid && chunk[0] !== packetType.prelogin) this.#bare = true;
    if (!this.#bare) {
      for (const packet of this.#cutter.push(chunk)) this.push(packet.payload);
    } else if (!this.push(chunk)) {
      this.#socket.pause();
    }
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#bare) {
      if (this.#socket.write(chunk)) done();
      else this.#socket.once('drain', () => done());
      return;
    }
    // One flight of the handshake is one message: a client reads exactly one per message it sent.
    if (this.#flight.length === 0) setImmediate(() => this.#sendFlight());
    this.#flight.push(chunk);
    done();
  }

  #sendFlight(): void {
    const payload = Buffer.concat(this.#flight);
    this.#flight = [];
    const options = { packetSize: HEADER_BYTES + 4088, last: true, spid: 0, firstId: 1 };
    this.#socket.write(framed(packetType.prelogin, payload, options).bytes);
  }

  override _final(done: () => void): void {
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
