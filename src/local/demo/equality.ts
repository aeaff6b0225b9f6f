/**
 * Are both sides equal, row by row? Plain SQL on both servers, without any part of Sluice: per
 * table and partition the number of rows and one MD5 over the MD5s of all rows in the order of
 * their key. Views are compared by their rows, too.
 */
import { z } from 'zod';
import { columnsSql, hashSql, relationsSql } from './equality-sql.js';
import type { SqlClient } from './sql-client.js';

export interface ComparedTable {
  readonly name: string;
  readonly sourceRows: number;
  readonly targetRows: number;
  /** A table itself, or each of its partitions. */
  readonly parts: number;
  readonly equal: boolean;
  /** What differs, in a few words; empty when nothing does. */
  readonly difference: string;
}

const relation = z.object({ name: z.string(), kind: z.string(), key: z.array(z.string()) });
const column = z.object({ name: z.string(), type: z.string(), not_null: z.boolean() });
const part = z.object({ part: z.string(), rows: z.coerce.number(), hash: z.string() });

type Relation = z.infer<typeof relation>;
type Part = z.infer<typeof part>;

/** Every table and view of the source's schema public, the smallest first. */
export async function compareSides(
  source: SqlClient,
  target: SqlClient,
): Promise<readonly ComparedTable[]> {
  const relations = await readRelations(source);
  const there = new Set((await readRelations(target)).map(({ name }) => name));
  const compared: ComparedTable[] = [];
  for (const one of relations) {
    compared.push(
      there.has(one.name) ? await compare(one, source, target) : await missing(one, source),
    );
  }
  return compared.sort((a, b) => a.sourceRows - b.sourceRows);
}

async function readRelations(client: SqlClient): Promise<readonly Relation[]> {
  return z.array(relation).parse(await client.run(relationsSql));
}

async function compare(
  one: Relation,
  source: SqlClient,
  target: SqlClient,
): Promise<ComparedTable> {
  const [here, there] = await Promise.all([
    readColumns(source, one.name),
    readColumns(target, one.name),
  ]);
  const names = here.map(({ name }) => name);
  if (canonical(here) !== canonical(there)) {
    return { ...(await missing(one, source)), difference: 'the columns differ' };
  }
  const sql = hashSql(one.name, names, one.key);
  const [sourceParts, targetParts] = await Promise.all([
    readParts(source, sql),
    readParts(target, sql),
  ]);
  const difference = differenceOf(sourceParts, targetParts);
  return {
    name: one.name,
    sourceRows: total(sourceParts),
    targetRows: total(targetParts),
    parts: sourceParts.length,
    equal: difference === '',
    difference,
  };
}

async function missing(one: Relation, source: SqlClient): Promise<ComparedTable> {
  const names = (await readColumns(source, one.name)).map(({ name }) => name);
  const parts = await readParts(source, hashSql(one.name, names, one.key));
  return {
    name: one.name,
    sourceRows: total(parts),
    targetRows: 0,
    parts: parts.length,
    equal: false,
    difference: 'it is not on the target',
  };
}

async function readColumns(
  client: SqlClient,
  name: string,
): Promise<readonly z.infer<typeof column>[]> {
  return z.array(column).parse(await client.run(columnsSql, [name]));
}

async function readParts(client: SqlClient, sql: string): Promise<readonly Part[]> {
  return z.array(part).parse(await client.run(sql));
}

function canonical(columns: readonly z.infer<typeof column>[]): string {
  return JSON.stringify([...columns].sort((a, b) => (a.name < b.name ? -1 : 1)));
}

function total(parts: readonly Part[]): number {
  return parts.reduce((sum, one) => sum + one.rows, 0);
}

function differenceOf(source: readonly Part[], target: readonly Part[]): string {
  const there = new Map(target.map((one) => [one.part, one]));
  const known = new Set(source.map((one) => one.part));
  const extra = target.filter((one) => !known.has(one.part)).map((one) => one.part);
  const different = source.filter((one) => {
    const other = there.get(one.part);
    return other?.rows !== one.rows || other.hash !== one.hash;
  });
  const names = [...different.map((one) => one.part), ...extra];
  return names.length === 0 ? '' : `rows differ in ${names.join(', ')}`;
}
