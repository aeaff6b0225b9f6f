import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { bundleWorkflowCode, type Logger, type WorkflowBundlePath } from '@temporalio/worker';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['src/workflows', 'src/core', 'node_modules/@temporalio/worker/package.json'];
const WORKFLOWS = join(ROOT, 'src/workflows/index.ts');
const payloadConverterPath = join(ROOT, 'src/workflows/payload-converter.ts');

let bundled: Promise<WorkflowBundlePath> | undefined;

/** The workflows as a worker runs them, bundled once for all test files that see these sources. */
export function workflowBundle(): Promise<WorkflowBundlePath> {
  return (bundled ??= bundleOnce());
}

/** Bundle another entry file, for a test that needs changed workflows. */
export async function bundleOf(workflowsPath: string): Promise<{ code: string }> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    payloadConverterPath,
    logger: SILENT,
  });
  return { code };
}

async function bundleOnce(): Promise<WorkflowBundlePath> {
  const folder = join(ROOT, 'node_modules/.cache/sluice-test');
  const codePath = join(folder, `workflows-${await hashOfSources()}.js`);
  try {
    await stat(codePath);
  } catch {
    const { code } = await bundleOf(WORKFLOWS);
    await mkdir(folder, { recursive: true });
    const draft = `${codePath}.${String(process.pid)}`;
    await writeFile(draft, code);
    await rename(draft, codePath);
  }
  return { codePath };
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const path = join(ROOT, source);
    const files = (await stat(path)).isDirectory() ? await readdir(path) : [''];
    for (const file of files.sort()) hash.update(file).update(await readFile(join(path, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

const nothing = (): void => undefined;
const SILENT: Logger = {
  log: nothing,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
