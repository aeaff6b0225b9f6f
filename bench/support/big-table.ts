/** A table as a user would have it: a key, numbers, texts, a time, a flag and a document. */
import { runSql } from './sql.js';

export const BIG_TABLE = 'big';

const COLUMNS = `(
  id bigint %KEY%,
  customer int not null,
  name text not null,
  amount numeric(12, 2) not null,
  note text,
  created_at timestamptz not null,
  paid boolean not null,
  attributes jsonb not null
)`;

/** With or without its primary key. */
export function createBigTable(name: string, withKey: boolean): string {
  return `create table ${name} ${COLUMNS.replace('%KEY%', withKey ? 'primary key' : 'not null')}`;
}

/** Every row has other values, but every run the same. */
function fill(rows: number): string {
  return `
insert into ${BIG_TABLE}
select g, (g * 7919) % 100000, 'customer ' || ((g * 7919) % 100000), (g * 37 % 1000000) / 100.0,
       case when g % 10 > 0 then 'note ' || md5(g::text) end,
       timestamptz '2025-01-01 00:00Z' + g * interval '7 seconds', g % 3 = 0,
       jsonb_build_object('channel', (array['web', 'shop', 'phone'])[1 + g % 3], 'items', g % 9,
                          'code', md5((g * 3)::text))
  from generate_series(1::bigint, ${String(rows)}) g`;
}

/** Made and settled: no dead rows, hint bits written, statistics known, as after a quiet night. */
export async function makeBigTable(url: string, rows: number): Promise<{ bytes: number }> {
  const [size] = await runSql<{ bytes: string }>(
    url,
    createBigTable(BIG_TABLE, true),
    fill(rows),
    `vacuum analyze ${BIG_TABLE}`,
    'checkpoint',
    `select pg_total_relation_size('${BIG_TABLE}') as bytes`,
  );
  return { bytes: Number(size?.bytes ?? 0) };
}
