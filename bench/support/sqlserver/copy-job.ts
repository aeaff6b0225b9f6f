import { z } from 'zod';
import { serverAddress } from '../connection.js';

/** One copy of the table from one database of a server to another one of it. */
export const copyJob = z.object({
  server: serverAddress,
  sourceDb: z.string(),
  targetDb: z.string(),
  rows: z.number(),
});

export type CopyJob = z.infer<typeof copyJob>;
