/** A login on a SQL Server with what docs/operations.md says that Sluice needs, and nothing else. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestMsDatabase } from '../../support/sqlserver/server.js';

const PAGE = fileURLToPath(new URL('../../../docs/operations.md', import.meta.url));
const TABLES = ['items', 'lines'];

export interface LeastLogin {
  /** The database's address for this login. */
  readonly url: string;
  /** What a DBA does where Sluice may not switch a feed on. */
  follow(feed: 'cdc' | 'changeTracking'): Promise<void>;
  drop(): Promise<void>;
}

export async function createLeastLogin(
  database: TestMsDatabase,
  role: 'source' | 'target',
): Promise<LeastLogin> {
  const login = `sluice_${randomBytes(4).toString('hex')}`;
  const password = `Least-${randomBytes(8).toString('hex')}`;
  const run = async (script: string) => {
    const own = script
      .replaceAll(/\bsluice\b/g, login)
      .replaceAll('Change-me-1', password)
      .replaceAll('[shop]', `[${database.name}]`);
    for (const statement of own.split(/;\n/)) await database.sql(statement);
  };
  await run(documented(role, /CREATE LOGIN/));
  return {
    url: database.url.replace(/\/\/[^@]*@/, `//${login}:${password}@`),
    follow: async (feed) => {
      const script = documented(role, feed === 'cdc' ? /sp_cdc_enable/ : /CHANGE_TRACKING/);
      await run(forEachTable(script));
    },
    drop: async () => {
      // The login of a stand-in goes with it.
      if (database.server.standIn === null) await database.sql(`DROP LOGIN ${login}`);
    },
  };
}

/** The one block of SQL about a SQL Server of that role that has these words. */
function documented(role: 'source' | 'target', words: RegExp): string {
  const section = readFileSync(PAGE, 'utf8').split(`### SQL Server, ${role}\n`)[1] ?? '';
  const [own = ''] = section.split(/^##/m);
  const blocks = [...own.matchAll(/```sql\n([^`]*)```/g)].map(([, sql = '']) => sql);
  const found = blocks.filter((sql) => words.test(sql));
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new Error(`docs/operations.md: ${words.source}`);
  return only;
}

/** The page has one table, `dbo.orders`. */
function forEachTable(script: string): string {
  return script
    .split(/;\n/)
    .flatMap((statement) =>
      statement.includes('orders')
        ? TABLES.map((table) => statement.replaceAll('orders', table))
        : [statement],
    )
    .join(';\n');
}
