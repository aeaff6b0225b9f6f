import { z } from 'zod';
import { serverAddress } from '../connection.js';

/** The changes of so many transactions, for the table of one database. */
export const applyJob = z.object({
  server: serverAddress,
  targetDb: z.string(),
  transactions: z.number(),
});
