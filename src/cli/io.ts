/** What a command may touch of its process: everything else is handed to it. */
export interface OutStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Answers; what a script reads. */
  readonly stdout: OutStream;
  /** Progress, questions and errors. */
  readonly stderr: OutStream;
  /** `say` runs when Ctrl-C ends the process, until the answer is called. Default: nothing runs. */
  readonly onInterrupt?: (say: () => void) => () => void;
}

export function processIo(): Io {
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onInterrupt,
  };
}

/** The process ends by the signal all the same, as its shell expects. */
function onInterrupt(say: () => void): () => void {
  const interrupt = (): void => {
    say();
    process.kill(process.pid, 'SIGINT');
  };
  process.once('SIGINT', interrupt);
  return () => void process.off('SIGINT', interrupt);
}
