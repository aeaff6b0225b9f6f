import { SluiceError } from '../../../core/errors.js';

/** Says when nothing has moved for a while: what is long by nature has no other limit. */
export class StallWatch {
  readonly #timer: NodeJS.Timeout;

  constructor(stalledMs: number, onStall: () => void) {
    this.#timer = setTimeout(onStall, stalledMs);
    this.#timer.unref();
  }

  moved(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** @param side whom the copy waited for */
export function stoodStill(stalledMs: number, side: 'the source' | 'the target'): SluiceError {
  const seconds = String(Math.round(stalledMs / 1_000));
  return new SluiceError(
    'SERVER_BUSY',
    `A copy stood still for ${seconds} s: it waited for ${side}.`,
    { remedy: 'It is tried again; look for what holds up that server or the network.' },
  );
}
