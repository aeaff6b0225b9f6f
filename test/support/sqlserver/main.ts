import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openEngine } from './engine/open-engine.js';
import { startCaptureLoop } from './feeds/capture-loop.js';
import { withFaults } from './feeds/faults/faulty-backend.js';
import type { Certificate } from './tds/handshake.js';
import { startTdsServer } from './tds/server.js';

/**
 * The stand-in as a process of its own. It prints one line of JSON with its port once it takes
 * logins, and ends on SIGTERM; with --with-parent also when its standard input ends.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    'postgres-url': { type: 'string' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    'with-parent': { type: 'boolean', default: false },
  },
});

function certificate(): Certificate | undefined {
  const { 'tls-cert': cert, 'tls-key': key } = values;
  if (cert === undefined || key === undefined) return undefined;
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

async function main(): Promise<void> {
  const postgresUrl = values['postgres-url'];
  if (postgresUrl === undefined) throw new Error('--postgres-url is missing');
  const engine = await openEngine({ postgresUrl });
  const capture = await startCaptureLoop(postgresUrl);
  const server = await startTdsServer({
    backend: withFaults(engine),
    port: Number(values.port),
    host: values.host,
    certificate: certificate(),
  });
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    void server
      .close()
      .then(() => capture.stop())
      .then(() => engine.close())
      .finally(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  if (values['with-parent']) {
    process.stdin.resume();
    process.stdin.once('end', end);
  }
  process.stdout.write(`${JSON.stringify({ port: server.port })}\n`);
}

await main();
