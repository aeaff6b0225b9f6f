/** Downloads the Temporal CLI from where Temporal's own SDKs get it. */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

/** A machine without internet has to learn it within this time. */
const ANSWER_MS = 8_000;
/** No more than this between two pieces of the archive. */
const STALL_MS = 30_000;
const PROGRESS_MS = 1_000;

// The answer of temporal.download, as sdk-core reads it (ephemeral_server).
const infoSchema = z.object({
  archiveUrl: z.url({ protocol: /^https$/ }),
  fileToExtract: z.string().regex(/^[\w.-]+$/),
});

/** Fails within 8 seconds when the site cannot be reached. */
export async function downloadTemporal(
  destination: string,
  version: string,
  onProgress: (line: string) => void,
): Promise<void> {
  onProgress(`Downloading the Temporal CLI ${version} from temporal.download …`);
  const { archiveUrl, fileToExtract } = await findArchive(version);
  const draft = `${destination}.${String(process.pid)}.downloading`;
  await mkdir(draft, { recursive: true });
  try {
    const archive = join(draft, 'archive');
    await save(archiveUrl, archive, onProgress);
    await run(tarProgram(), ['-xf', archive, '-C', draft, fileToExtract], { windowsHide: true });
    const binary = join(draft, fileToExtract);
    await chmod(binary, 0o755);
    await rename(binary, destination);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * bsdtar, which Windows and macOS bring, reads zip as well. In a shell of Git for Windows the first
 * tar on the PATH is another one, which does not, and takes the C of C:\ for the name of a host.
 */
function tarProgram(): string {
  if (process.platform !== 'win32') return 'tar';
  return join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'tar.exe');
}

async function findArchive(version: string): Promise<z.infer<typeof infoSchema>> {
  const url = new URL(`https://temporal.download/cli/v${version}`);
  url.searchParams.set('arch', process.arch === 'x64' ? 'amd64' : process.arch);
  url.searchParams.set('platform', process.platform === 'win32' ? 'windows' : process.platform);
  url.searchParams.set('format', process.platform === 'win32' ? 'zip' : 'tar.gz');
  const answer = await get(url, AbortSignal.timeout(ANSWER_MS));
  return infoSchema.parse(await answer.json());
}

async function save(url: string, path: string, onProgress: (line: string) => void): Promise<void> {
  const abort = new AbortController();
  const stalled = setTimeout(() => {
    abort.abort();
  }, STALL_MS);
  try {
    const answer = await get(new URL(url), abort.signal);
    if (answer.body === null) throw new Error('the download is empty');
    const total = Number(answer.headers.get('content-length') ?? '0');
    const started = Date.now();
    let [bytes, said] = [0, started];
    const count = async function* (pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const piece of pieces) {
        stalled.refresh();
        bytes += piece.length;
        if (Date.now() - said >= PROGRESS_MS) {
          said = Date.now();
          onProgress(`Downloading the Temporal CLI: ${progress(bytes, total, said - started)}`);
        }
        yield piece;
      }
    };
    await pipeline(Readable.fromWeb(answer.body), count, createWriteStream(path));
  } finally {
    clearTimeout(stalled);
  }
}

function progress(bytes: number, total: number, elapsedMs: number): string {
  const megabytes = (count: number): string => (count / 1_000_000).toFixed(0);
  const of = total > 0 ? ` of ${megabytes(total)}` : '';
  return `${megabytes(bytes)}${of} MB, ${String(Math.round(elapsedMs / 1000))} s`;
}

async function get(url: URL, signal: AbortSignal): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, { signal });
  } catch (cause) {
    throw new Error(`${url.host} cannot be reached`, { cause });
  }
  if (!answer.ok) throw new Error(`${url.host} answered with status ${String(answer.status)}`);
  return answer;
}
