/** The workflows with a change that a running one must not meet: one timer more. */
import { sleep } from '@temporalio/workflow';
import * as present from '../../src/workflows/index.js';

export * from '../../src/workflows/index.js';

function later<Input, Result>(workflow: (input: Input) => Promise<Result>) {
  return async (input: Input): Promise<Result> => {
    await sleep(1);
    return workflow(input);
  };
}

export const pipeline = later(present.pipeline);
export const table = later(present.table);
export const fullSync = later(present.fullSync);
export const changeStream = later(present.changeStream);
export const verification = later(present.verification);
