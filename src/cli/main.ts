#!/usr/bin/env node
import { processIo } from './io.js';
import { runCli } from './program.js';

/** A handle that a driver left open must not keep a finished command alive. */
const LINGER_MS = 2_000;

// `sluice logs | head` closes the pipe early; that is no error.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCli(process.argv.slice(2), processIo());
setTimeout(() => process.exit(), LINGER_MS).unref();
