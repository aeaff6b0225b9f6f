import type { Duplex } from 'node:stream';
import type { Connection, Submittable } from 'pg';
import { SluiceError } from '../../../core/errors.js';
import type { ReplicationMessage } from './frame-queue.js';
import { FrameQueue } from './frame-queue.js';
import { FrameSplitter } from './frame-splitter.js';
import { createGate } from './gate.js';
import type { Lsn } from './lsn.js';
import { LSN_NONE, maxLsn } from './lsn.js';
import { ShutdownWatch } from './shutdown-watch.js';
import { encodeStandbyStatus } from './standby-status.js';

const COPY_BOTH = 0x57; // W
const COPY_DATA = 0x64; // d
const NOTICE = 0x4e; // N
const PARAMETER_STATUS = 0x53; // S
const COPY_END = 0x63; // c
const COPY_DONE = Buffer.from([COPY_END, 0, 0, 0, 4]);
/** A position is acknowledged this much later at most, so that many need one message. */
const ACKNOWLEDGE_DELAY_MS = 100;
const SLOW_REPLY_MS = 50;
/** The server sends each change by itself: reading a little later makes one read of hundreds. */
const GATHER_MS = 2;

export interface StreamOptions {
  readonly command: string;
  readonly from: Lsn;
  /** The server ends a session that it has not heard from for wal_sender_timeout (60 s). */
  readonly statusIntervalMs: number;
  /** Reading stops while more than this waits for the consumer. */
  readonly maxQueuedBytes: number;
  readonly maxBatchBytes: number;
  readonly toError: (thrown: unknown, started: boolean) => SluiceError;
}

/**
 * A running START_REPLICATION. It takes the socket over from the driver's parser until the server
 * ends the command, then hands the rest back. Not at the end of the copy already: a server that is
 * asked to end in the middle of a large transaction says CopyDone at once and goes on sending that
 * transaction. The driver never gets the socket of a copy that was broken off.
 *
 * Only what `acknowledge` was given is ever reported as flushed; what was received is reported as
 * written, which the server uses for nothing but its statistics.
 */
export class ReplicationStream implements Submittable, AsyncIterable<ReplicationMessage[]> {
  /** Whether large reads matter more than early ones. */
  gather = false;
  private readonly queue = new FrameQueue();
  private readonly splitter = new FrameSplitter();
  private socket: Duplex | undefined;
  private flushed: Lsn = LSN_NONE;
  private failure: SluiceError | undefined;
  private state: 'starting' | 'running' | 'ended' = 'starting';
  private paused = false;
  private closing = false;
  private statusTimer: NodeJS.Timeout | undefined;
  private acknowledgeTimer: NodeJS.Timeout | undefined;
  private replyTimer: NodeJS.Timeout | undefined;
  private gatherTimer: NodeJS.Timeout | undefined;
  private readonly shutdown = new ShutdownWatch();
  private wake: (() => void) | undefined;
  private giveBack: ((rest: Buffer) => void) | undefined;
  private readonly onData = (chunk: Buffer): void => this.receive(chunk);
  private readonly startedGate = createGate();
  private readonly endedGate = createGate();

  constructor(private readonly options: StreamOptions) {}

  /** Resolves when the server has begun to stream; rejects when it refuses. */
  get started(): Promise<void> {
    return this.startedGate.promise.then(() => this.throwFailure());
  }

  /** Bytes received and not yet taken. */
  get queuedBytes(): number {
    return this.queue.bytes;
  }

  /** The highest position seen, acknowledged or not. */
  get receivedLsn(): Lsn {
    return this.queue.received;
  }

  get acknowledgedLsn(): Lsn {
    return this.flushed;
  }

  /**
   * The next messages in order; waits for at least one. Empty when `waitMs` passed without any,
   * undefined after close(). Only one call may wait at a time.
   *
   * @throws SluiceError when the stream broke, after everything received before was given out
   */
  async nextBatch(waitMs?: number): Promise<ReplicationMessage[] | undefined> {
    if (this.queue.isEmpty && this.isLive() && waitMs !== 0) await this.waitForFrames(waitMs);
    if (this.closing) return undefined;
    if (!this.queue.isEmpty) {
      const batch = this.takeBatch();
      this.resumeIfLow();
      return batch;
    }
    this.throwFailure();
    return [];
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReplicationMessage[], void> {
    for (;;) {
      const batch = await this.nextBatch();
      if (batch === undefined) return;
      yield batch;
    }
  }

  /**
   * Everything before `lsn` is durable on the target: the server may forget it. Never goes back;
   * a lower position than an earlier one is ignored.
   */
  acknowledge(lsn: Lsn): void {
    if (lsn > maxLsn(this.queue.received, this.options.from)) {
      throw new SluiceError('UNEXPECTED', 'A position was acknowledged that was never received.');
    }
    if (lsn <= this.flushed) return;
    this.flushed = lsn;
    this.acknowledgeTimer ??= setTimeout(() => {
      this.acknowledgeTimer = undefined;
      this.sendStatus();
    }, ACKNOWLEDGE_DELAY_MS);
  }

  /** Report the acknowledged position now. */
  sendStatus(): void {
    if (!this.isLive() || this.socket?.writable !== true) return;
    this.socket.write(encodeStandbyStatus(this.queue.received, this.flushed, Date.now()));
  }

  /**
   * Report what is acknowledged and ask the server to end; what still comes is thrown away.
   * Resolves to whether it ended within `limitMs`. Idempotent.
   */
  async finish(limitMs: number): Promise<boolean> {
    if (this.isLive()) {
      this.sendStatus();
      this.closing = true;
      this.stopTimers();
      this.socket?.write(COPY_DONE);
      this.paused = false;
      this.socket?.resume();
      this.notify();
    }
    return this.endedGate.within(limitMs);
  }

  /** Cut the socket; for a server that does not end in time. */
  destroy(): void {
    this.closing = true;
    this.socket?.destroy();
  }

  submit(connection: Connection): void {
    const socket = connection.stream;
    this.socket = socket;
    const driver: unknown = socket.listeners('data')[0];
    if (!isListener(driver)) throw new Error('The driver does not read its socket.');
    socket.on('data', this.onData);
    socket.removeListener('data', driver);
    this.giveBack = (rest) => {
      this.giveBack = undefined;
      socket.removeListener('data', this.onData);
      socket.on('data', driver);
      socket.resume();
      socket.emit('data', rest);
    };
    // The driver's types leave out its own method for the simple query protocol.
    Reflect.apply(Reflect.get(connection, 'query'), connection, [this.options.command]);
  }

  handleError(thrown: unknown): void {
    this.end(this.closing ? undefined : this.options.toError(thrown, this.state !== 'starting'));
  }

  /** The server ended the copy by itself, as it does when it shuts down. */
  handleCommandComplete(): void {
    if (this.isLive()) this.end(serverEnded());
  }

  handleReadyForQuery(): void {
    this.end(this.closing ? undefined : serverEnded());
  }

  private receive(chunk: Buffer): void {
    try {
      const rest = this.splitter.push(chunk, (type, buffer, start, end) => {
        if (type === COPY_DATA) return this.takeFrame(buffer, start, end);
        if (type === COPY_BOTH) return this.begin();
        return type === COPY_END || type === NOTICE || type === PARAMETER_STATUS;
      });
      if (rest !== undefined) this.giveBack?.(rest);
    } catch (error) {
      this.end(this.options.toError(error, true));
      this.socket?.destroy();
      return;
    }
    if (this.queue.bytes > this.options.maxQueuedBytes && this.isLive()) {
      this.paused = true;
      this.socket?.pause();
    } else if (this.gather && this.isLive()) this.readLater();
    if (!this.queue.isEmpty) this.notify();
  }

  private readLater(): void {
    this.socket?.pause();
    this.gatherTimer ??= setTimeout(() => {
      this.gatherTimer = undefined;
      if (!this.paused) this.socket?.resume();
    }, GATHER_MS);
  }

  private takeFrame(buffer: Buffer, start: number, end: number): true {
    if (!this.isLive()) return true;
    const asksForReply = this.queue.add(buffer, start, end);
    if (asksForReply) this.reply(buffer.readBigUInt64BE(start + 1));
    return true;
  }

  private reply(position: Lsn): void {
    const reaction = this.shutdown.asked(position, Date.now());
    if (reaction === 'answer') {
      this.sendStatus();
    } else if (reaction === 'answerLater') {
      this.replyTimer ??= setTimeout(() => {
        this.replyTimer = undefined;
        this.sendStatus();
      }, SLOW_REPLY_MS);
    } else {
      this.end(serverEnded());
      this.socket?.destroy();
    }
  }

  private begin(): true {
    this.state = 'running';
    this.statusTimer = setInterval(() => this.sendStatus(), this.options.statusIntervalMs);
    this.startedGate.open();
    return true;
  }

  private isLive(): boolean {
    return this.state === 'running' && !this.closing;
  }

  private async waitForFrames(waitMs: number | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (waitMs !== undefined) timer = setTimeout(resolve, waitMs);
    });
    this.wake = undefined;
    clearTimeout(timer);
  }

  /** After a message that cannot be read nothing may be given out: it would be skipped. */
  private takeBatch(): ReplicationMessage[] {
    try {
      return this.queue.take(this.options.maxBatchBytes);
    } catch (error) {
      const failure = this.options.toError(error, true);
      this.queue.clear();
      this.end(failure);
      this.socket?.destroy();
      throw failure;
    }
  }

  private notify(): void {
    this.wake?.();
  }

  private resumeIfLow(): void {
    if (!this.paused || this.queue.bytes > this.options.maxQueuedBytes / 2) return;
    this.paused = false;
    this.socket?.resume();
  }

  private end(failure: SluiceError | undefined): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.failure ??= failure;
    this.stopTimers();
    this.startedGate.open();
    this.endedGate.open();
    this.notify();
  }

  private stopTimers(): void {
    clearInterval(this.statusTimer);
    clearTimeout(this.acknowledgeTimer);
    clearTimeout(this.replyTimer);
    clearTimeout(this.gatherTimer);
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

function serverEnded(): SluiceError {
  return new SluiceError('CONNECTION_LOST', 'The source ended the change stream.', {
    remedy: 'It is tried again with a growing delay.',
  });
}

type DataListener = (chunk: Buffer) => void;

/** EventEmitter gives its listeners back as bare functions. */
function isListener(value: unknown): value is DataListener {
  return typeof value === 'function';
}
