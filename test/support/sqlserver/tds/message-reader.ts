import type { Duplex } from 'node:stream';
import type { Packet } from './packet.js';
import { PacketCutter, packetStatus, packetType } from './packet.js';

/** Bytes of a message that may wait before the client is made to wait. */
const HIGH_WATER = 1 << 20;

/** One message of the client, whose bytes may still be on their way. */
export class IncomingMessage {
  #chunks: Buffer[] = [];
  #ended = false;
  #ignored = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(
    readonly type: number,
    readonly status: number,
    readonly onTaken: (bytes: number) => void,
  ) {}

  /** The client took the message back: nothing of it counts. */
  get ignored(): boolean {
    return this.#ignored;
  }

  add(packet: Packet): void {
    if (packet.payload.length > 0) this.#chunks.push(packet.payload);
    this.#ended = (packet.status & packetStatus.endOfMessage) !== 0;
    this.#ignored = (packet.status & packetStatus.ignore) !== 0;
    this.#wake?.();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wake?.();
  }

  /** All bytes that are there, waiting for some; null at the end. */
  async take(): Promise<Buffer | null> {
    while (this.#chunks.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.onTaken(bytes?.length ?? 0);
    return bytes ?? null;
  }

  async whole(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let part = await this.take(); part !== null; part = await this.take()) parts.push(part);
    return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
  }
}

/** Messages out of a stream; an attention is told at once, and answered in its turn. */
export class MessageReader {
  readonly #stream: Duplex;
  readonly #cutter = new PacketCutter();
  readonly #queue: IncomingMessage[] = [];
  readonly #onAttention: () => void;
  #current: IncomingMessage | undefined;
  #waiting = 0;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(stream: Duplex, onAttention: () => void) {
    this.#stream = stream;
    this.#onAttention = onAttention;
    stream.on('data', this.#onData);
    stream.on('close', this.#onClose);
    stream.on('end', this.#onClose);
    stream.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      for (const packet of this.#cutter.push(chunk)) this.#accept(packet);
    } catch (error) {
      this.#stream.destroy(error instanceof Error ? error : new Error('no packet'));
    }
    if (this.#waiting > HIGH_WATER) this.#stream.pause();
  };

  readonly #onClose = (): void => {
    this.#closed = true;
    this.#current?.fail(new Error('the client went away'));
    this.#wake?.();
  };

  readonly #onTaken = (bytes: number): void => {
    this.#waiting -= bytes;
    if (this.#waiting <= HIGH_WATER / 2 && this.#stream.isPaused()) this.#stream.resume();
  };

  #accept(packet: Packet): void {
    if (packet.type === packetType.attention) this.#onAttention();
    this.#waiting += packet.payload.length;
    if (this.#current === undefined) {
      this.#current = new IncomingMessage(packet.type, packet.status, this.#onTaken);
      this.#queue.push(this.#current);
      this.#wake?.();
    }
    this.#current.add(packet);
    if ((packet.status & packetStatus.endOfMessage) !== 0) this.#current = undefined;
  }

  /** The next message, or undefined once the client has gone. */
  async next(): Promise<IncomingMessage | undefined> {
    while (this.#queue.length === 0) {
      if (this.#closed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#queue.shift();
  }

  /** Leaves the stream to another reader, as when TLS begins. */
  detach(): void {
    this.#stream.off('data', this.#onData);
    this.#stream.off('close', this.#onClose);
    this.#stream.off('end', this.#onClose);
  }
}
