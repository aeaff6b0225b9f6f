/** The workflows with a change that a running table must not meet: one timer more. */
import { sleep } from '@temporalio/workflow';
import { table as present, type TableInput } from '../../src/workflows/table.js';

export * from '../../src/workflows/index.js';

export async function table(input: TableInput): Promise<void> {
  await sleep(1);
  await present(input);
}
