/** Every command, in the order in which help lists them. */
import type { Register } from '../register.js';
import { register as config } from './config.js';
import { register as dev } from './dev.js';
import { register as start } from './start.js';
import { register as status } from './status.js';
import { register as worker } from './worker.js';

export const COMMANDS: readonly Register[] = [start, status, config, dev, worker];
