#!/usr/bin/env node
import { endOnUncaught } from '../observability/last-words.js';
import { processIo } from './io.js';
import { runCli } from './program.js';

/** A handle that a driver left open must not keep a finished command alive. */
const LINGER_MS = 2_000;

endOnUncaught();

// `sluice logs | head` closes the pipe early; that is no error. A full disk is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), processIo());
setTimeout(() => process.exit(), LINGER_MS).unref();
