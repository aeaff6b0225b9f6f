/** A protocol frame: its type byte, then where its payload lies in `buffer`. */
export type FrameHandler = (type: number, buffer: Buffer, start: number, end: number) => boolean;

const HEADER = 5;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts the server's byte stream into frames without writing to a buffer a second time, so that a
 * view of a payload stays true for as long as somebody holds it. (The driver's own parser moves a
 * rest to the front of the buffer it has handed out views of.) Only a frame that spans network
 * chunks is copied, once.
 */
export class FrameSplitter {
  private parts: Buffer[] = [];
  private held = 0;

  /**
   * Calls `handle` for each whole frame until it returns false, which means: not mine.
   * @returns that frame and everything after it, or undefined when all was taken
   */
  push(chunk: Buffer, handle: FrameHandler): Buffer | undefined {
    if (this.held === 0) return this.split(chunk, handle);
    this.parts.push(chunk);
    this.held += chunk.length;
    if (this.held < this.wanted()) return undefined;
    return this.split(this.takeHeld(), handle);
  }

  /** Bytes of the frame that is incomplete: known only once its header is here. */
  private wanted(): number {
    const first = this.parts[0] ?? EMPTY;
    if (first.length >= HEADER) return first.readUInt32BE(1) + 1;
    if (this.held < HEADER) return HEADER;
    this.parts = [Buffer.concat(this.parts, this.held)];
    return this.wanted();
  }

  private takeHeld(): Buffer {
    const whole = this.parts.length === 1 ? (this.parts[0] ?? EMPTY) : Buffer.concat(this.parts);
    this.parts = [];
    this.held = 0;
    return whole;
  }

  private split(buffer: Buffer, handle: FrameHandler): Buffer | undefined {
    let offset = 0;
    while (offset + HEADER <= buffer.length) {
      const end = offset + 1 + buffer.readUInt32BE(offset + 1);
      if (end > buffer.length) break;
      const type = buffer[offset] ?? 0;
      if (!handle(type, buffer, offset + HEADER, end)) return buffer.subarray(offset);
      offset = end;
    }
    if (offset < buffer.length) {
      this.parts = [buffer.subarray(offset)];
      this.held = buffer.length - offset;
    }
    return undefined;
  }
}
