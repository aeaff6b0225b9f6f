/** Every command, in the order in which help lists them. */
import type { Register } from '../register.js';
import { register as apply } from './apply.js';
import { register as check } from './check.js';
import { register as config } from './config.js';
import { register as dev } from './dev.js';
import { register as errors } from './errors.js';
import { register as init } from './init.js';
import { register as logs } from './logs.js';
import { register as plan } from './plan.js';
import { register as remove } from './remove.js';
import { register as resync } from './resync.js';
import { register as retry } from './retry.js';
import { register as schedule } from './schedule.js';
import { register as start } from './start.js';
import { register as state } from './state.js';
import { register as status } from './status.js';
import { register as stop } from './stop.js';
import { register as switchTables } from './switch-tables.js';
import { register as tables } from './tables.js';
import { register as verify } from './verify.js';
import { register as wait } from './wait.js';
import { register as worker } from './worker.js';

export const COMMANDS: readonly Register[] = [
  init,
  check,
  plan,
  start,
  stop,
  status,
  tables,
  switchTables,
  resync,
  retry,
  verify,
  schedule,
  wait,
  apply,
  remove,
  errors,
  logs,
  state,
  config,
  dev,
  worker,
];
