/**
 * Bringing two sides to one type, as SQL Server's precedence of types has it, and to one collation
 * (test/conformance/sqlserver/strings: "comparison of strings", test/conformance/sqlserver/strings:
 * "11.2: refuses columns of different collations (468)",
 * test/conformance/sqlserver/nulls-and-numbers: "compares instants, and keeps its offset").
 */
import type { MsType } from '../../backend.js';
import { SqlError } from '../../backend.js';
import type { CompareOp } from '../../tsql/ast.js';
import { collation } from '../types/collation.js';
import { commonType } from '../types/common-type.js';
import { family } from '../types/families.js';
import { convert } from './convert.js';
import type { Printed } from './printed.js';

export function printCompare(op: CompareOp, left: Printed, right: Printed): string {
  const [a, b] = aligned(left, right);
  return `${a} ${op} ${b}`;
}

/** Both sides as PostgreSQL compares them; the left one carries the collation. */
export function aligned(left: Printed, right: Printed): [string, string] {
  const type = meeting(left, right);
  const [a, b] = [toMeet(left, type), toMeet(right, type)];
  if (family(type) === 'string') return [collated(a, winning(left, right)), b];
  return [a, b];
}

export function meeting(left: Printed, right: Printed): MsType {
  if (left.isNull === true) return right.type;
  return right.isNull === true ? left.type : commonType(left.type, right.type);
}

/** Only what PostgreSQL would not convert in the same way is converted. */
export function toMeet(side: Printed, type: MsType): string {
  const [from, to] = [family(side.type), family(type)];
  const numbers = new Set(['integer', 'decimal', 'float']);
  const same =
    side.isNull !== true &&
    ((from === to && from !== 'datetime') || (numbers.has(from) && numbers.has(to)));
  return comparable(same ? side.sql : convert(side, widest(side, type)).sql, type);
}

/** A comparison never cuts: strings meet at their full length. */
function widest(side: Printed, type: MsType): MsType {
  if (family(type) === 'string' || family(type) === 'binary') return { ...type, length: -1 };
  return side.type.name === type.name && side.type.scale > type.scale ? side.type : type;
}

/** The form in which PostgreSQL compares and orders a value of that type. */
export function comparable(sql: string, type: MsType): string {
  return type.name === 'datetimeoffset' ? `left(${sql}, 27)` : sql;
}

/** 468 where two columns disagree. */
export function winning(...sides: readonly Printed[]): string | null {
  for (const rank of ['explicit', 'implicit', undefined] as const) {
    const found = sides.filter((side) => side.collating === rank && side.type.collation !== null);
    const names = [...new Set(found.map(({ type }) => type.collation))];
    if (names.length > 1 && rank !== undefined) {
      const [a = '', b = ''] = names;
      throw new SqlError(
        468,
        `Cannot resolve the collation conflict between "${b}" and "${a}" in the equal to operation.`,
        { state: 9 },
      );
    }
    if (names[0] !== undefined) return names[0];
  }
  return null;
}

export function strongest(...sides: readonly Printed[]): Printed['collating'] {
  const has = (rank: Printed['collating']) => sides.some(({ collating }) => collating === rank);
  return has('explicit') ? 'explicit' : has('implicit') ? 'implicit' : undefined;
}

export function collated(sql: string, name: string | null): string {
  return name === null ? sql : `${sql} COLLATE ${collation(name).pg}`;
}

/** For PARTITION BY and ORDER BY. */
export function keyed({ sql, type }: Printed): string {
  const key = comparable(sql, type);
  return family(type) === 'string' ? collated(key, type.collation) : key;
}

/** For GROUP BY, where a column has to look as it does in the select list. */
export function grouped(printed: Printed): string {
  return printed.collating === 'implicit' ? comparable(printed.sql, printed.type) : keyed(printed);
}

/** A string that has no collation in PostgreSQL yet gets the one that it has in SQL Server. */
export function withCollation({ sql, type, collating }: Printed): string {
  const bare = collating === undefined && family(type) === 'string';
  return bare ? collated(sql, type.collation) : sql;
}

export function isCaseBlind(name: string | null): boolean {
  return name === null || collation(name).pg.startsWith('ss.ci');
}
