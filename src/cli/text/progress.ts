/** Progress of long work: bars on a terminal, plain lines elsewhere. */
import cliProgress from 'cli-progress';
import type { OutStream } from '../io.js';

export interface ProgressItem {
  readonly name: string;
  readonly done: number;
  /** 0 or less: not known. */
  readonly total: number;
  /** What happens now; a change of it is worth a line. */
  readonly note: string;
}

export interface Progress {
  show(items: readonly ProgressItem[]): void;
  stop(): void;
}

/** More bars than this would fill the terminal. */
const MAX_BARS = 15;
const QUIET_MS = 10_000;

export function openProgress(stream: OutStream): Progress {
  if (stream.isTTY === true && isNodeStream(stream)) return bars(stream);
  return lines(stream);
}

function isNodeStream(stream: OutStream): stream is OutStream & NodeJS.WritableStream {
  return 'on' in stream && 'end' in stream;
}

function bars(stream: NodeJS.WritableStream): Progress {
  const multi = new cliProgress.MultiBar(
    {
      format: '{name} {bar} {percentage}% {note}',
      stream,
      hideCursor: true,
      clearOnComplete: false,
      autopadding: true,
    },
    cliProgress.Presets.shades_grey,
  );
  const known = new Map<string, cliProgress.SingleBar>();
  return {
    show: (items) => {
      for (const item of items.slice(0, MAX_BARS)) {
        const total = Math.max(1, item.total, item.done);
        const value = item.total <= 0 && item.done === 0 ? 0 : item.done;
        const bar = known.get(item.name) ?? multi.create(total, 0, { name: item.name, note: '' });
        known.set(item.name, bar);
        bar.setTotal(total);
        bar.update(value, { name: item.name, note: item.note });
      }
    },
    stop: () => multi.stop(),
  };
}

/** Each table's news, and of one that goes on a line in ten seconds. */
function lines(stream: OutStream): Progress {
  const said = new Map<string, { note: string; at: number }>();
  return {
    show: (items) => {
      for (const item of items) {
        const last = said.get(item.name);
        const goesOn = last?.note === item.note;
        if (goesOn && (item.done === 0 || Date.now() - last.at < QUIET_MS)) continue;
        if (goesOn && item.done >= item.total) continue;
        said.set(item.name, { note: item.note, at: Date.now() });
        stream.write(`${progressText(item)}\n`);
      }
    },
    stop: () => undefined,
  };
}

export function progressText(item: ProgressItem): string {
  const count = item.total > 0 ? ` ${String(item.done)} of ~${String(item.total)} rows` : '';
  return `${item.name}: ${item.note}${item.done > 0 ? count : ''}`;
}
