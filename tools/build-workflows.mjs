/**
 * Bundle the workflows once at build time, so that a worker starts without webpack. The bundle has
 * to be made with the worker's own version of the SDK, which is the one installed here.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const workflowsPath = fileURLToPath(new URL('../dist/workflows/index.js', import.meta.url));
const payloadConverterPath = fileURLToPath(
  new URL('../dist/workflows/payload-converter.js', import.meta.url),
);
const { code } = await bundleWorkflowCode({
  workflowsPath,
  payloadConverterPath,
  logger: new DefaultLogger('ERROR'),
});
await writeFile(new URL('../dist/workflow-bundle.js', import.meta.url), code);
