/** The sample company on the source: the same files that one can load by hand. */
import { readFile } from 'node:fs/promises';
import type { Screen } from './screen.js';
import type { SqlClient } from './sql-client.js';
import { count, took } from './text.js';

const FILES = [
  { file: 'schema.sql', what: 'tables, a view and a function' },
  { file: 'data.sql', what: 'employees, projects and tasks' },
  { file: 'events.sql', what: 'events in monthly partitions' },
] as const;

/** From src/local/demo and from dist/local/demo alike. */
export function samplePath(name: string): URL {
  return new URL(`../../../config/sample/${name}`, import.meta.url);
}

export async function loadSample(screen: Screen, source: SqlClient): Promise<void> {
  const began = Date.now();
  for (const { file, what } of FILES) {
    screen.say(`Loading config/sample/${file}: ${what} …`);
    await source.run(await readFile(samplePath(file), 'utf8'));
  }
  const [rows] = await source.run(
    `select (select count(*) from employees) + (select count(*) from projects)
          + (select count(*) from tasks) + (select count(*) from events) as n`,
  );
  screen.done(`${count(Number(rows?.n))} rows in ${took(Date.now() - began)}`);
}
