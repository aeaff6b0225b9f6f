/** Everything that Temporal may start by name. */
export { changeStream } from './change-stream.js';
export { fullSync } from './full-sync.js';
export { pipeline } from './pipeline.js';
export { refresh } from './refresh.js';
export { table } from './table.js';
export { verification } from './verification.js';
