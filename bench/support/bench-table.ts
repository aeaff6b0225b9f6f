import type pg from 'pg';

export const TABLE = 'items';

const CREATE = `
create table if not exists ${TABLE} (
  id bigint primary key,
  n int not null,
  code text not null,
  price numeric(12,2) not null,
  note text not null,
  at timestamptz not null,
  live boolean not null,
  facts jsonb not null)`;

/** About 205 bytes a row: 2,000,000 rows take some 410 MB. */
const FILL = `
insert into ${TABLE}
select g, g % 1000, 'code-' || lpad(g::text, 10, '0'), (g % 100000)::numeric / 100,
       repeat(md5(g::text), 2), timestamptz '2024-01-01' + g * interval '1 second',
       g % 3 = 0, jsonb_build_object('a', g, 'tags', jsonb_build_array('x', g % 7))
  from generate_series($1::bigint, $2::bigint) g`;

export async function createTable(client: pg.Client): Promise<void> {
  await client.query(CREATE);
}

export async function fillTable(client: pg.Client, from: number, to: number): Promise<void> {
  await client.query(FILL, [from, to]);
}

/** The same rows give the same text, whatever their order. */
export async function tableHash(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ hash: string }>(
    `select count(*) || '/' || coalesce(sum(hash_record_extended(t, 0)), 0) as hash from ${TABLE} t`,
  );
  return rows[0]?.hash ?? '';
}
