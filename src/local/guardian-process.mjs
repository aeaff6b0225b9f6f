// Outlives its parent by a moment. It reads one JSON object per line from standard input:
// {"add": pid, "signal": "SIGQUIT", "directory": "/tmp/…" or null} and {"remove": pid}. When the
// parent has gone (end of input) it stops the servers still listed and deletes their directories.
// Plain JavaScript, so that it starts from src and from dist alike.
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const GIVE_UP_MS = 60_000;
const wards = new Map();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

const send = (pid, signal) => {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
};

// In a container without an init process a server that has ended stays a zombie for ever. One with
// more than one thread left (the field after 16 others) has only ended its first one.
const runs = (pid) => {
  if (!send(pid, 0)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return !/\) Z (?:\S+ ){16}[01] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

const end = async (pid, { signal, directory }) => {
  send(pid, signal);
  const deadline = Date.now() + GIVE_UP_MS;
  while (runs(pid) && Date.now() < deadline) await delay(20);
  if (directory === null) return;
  for (let attempt = 0; attempt < 10; attempt += 1) {
    try {
      rmSync(directory, { recursive: true, force: true });
      return;
    } catch {
      await delay(100);
    }
  }
};

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = JSON.parse(line);
  if ('add' in message) wards.set(message.add, message);
  else wards.delete(message.remove);
});
lines.on('close', async () => {
  await Promise.all([...wards].map(([pid, ward]) => end(pid, ward)));
  process.exit(0);
});
