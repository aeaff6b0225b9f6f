import { quoteLiteral } from '../sql/quote.js';

/**
 * A value of sql_variant travels as text: a head that says its type, `~`, and the value in a form
 * that reads back without loss. The heads that a batch has become the branches of one CASE.
 *
 *   decimal(10,2)~12.50     nvarchar(20,Latin1_General_CI_AS)~abc     varbinary(8)~0AFF
 */
export const HEAD_END = '~';

/** `what` of a variant as text. */
function property(column: string, what: string): string {
  return `CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY(${column}, '${what}'))`;
}

const WITH_PRECISION = `N'decimal', N'numeric'`;
const WITH_SCALE = `N'time', N'datetime2', N'datetimeoffset'`;
const WITH_COLLATION = `N'char', N'varchar', N'nchar', N'nvarchar'`;
const WITH_LENGTH = `N'binary', N'varbinary'`;

/**
 * The text of a variant column; NULL stays NULL. A style is documented for the type that it belongs
 * to, so a number is taken out first. A varchar goes to nvarchar by its own code page, which the
 * way by varchar loses (the database's): only where 4,000 characters do not hold it
 * (test/conformance/sqlserver/nulls-and-numbers: "loses in varchar what the code page").
 */
export function variantText(column: string): string {
  const base = property(column, 'BaseType');
  return `CASE WHEN ${column} IS NULL THEN NULL ELSE CONCAT(CONVERT(nvarchar(max), ${base}),
  CASE
    WHEN ${base} IN (${WITH_PRECISION}) THEN CONCAT(N'(', ${property(column, 'Precision')}, N',', ${property(column, 'Scale')}, N')')
    WHEN ${base} IN (${WITH_SCALE}) THEN CONCAT(N'(', ${property(column, 'Scale')}, N')')
    WHEN ${base} IN (${WITH_COLLATION}) THEN CONCAT(N'(', ${property(column, 'MaxLength')}, N',', ${property(column, 'Collation')}, N')')
    WHEN ${base} IN (${WITH_LENGTH}) THEN CONCAT(N'(', ${property(column, 'MaxLength')}, N')')
    ELSE N'' END,
  N'${HEAD_END}',
  CASE
    WHEN ${base} IN (N'money', N'smallmoney') THEN CONVERT(nvarchar(4000), CONVERT(money, ${column}), 2)
    WHEN ${base} IN (N'float', N'real') THEN CONVERT(nvarchar(4000), CONVERT(float, ${column}), 3)
    WHEN ${base} IN (N'date', N'time', N'datetime', N'smalldatetime', N'datetime2', N'datetimeoffset') THEN CONVERT(nvarchar(4000), ${column}, 121)
    WHEN ${base} IN (${WITH_LENGTH}) THEN CONVERT(nvarchar(max), CONVERT(varbinary(8000), ${column}), 2)
    WHEN ${base} IN (N'char', N'varchar') AND DATALENGTH(${column}) > 4000 THEN CONVERT(nvarchar(max), CONVERT(varchar(8000), ${column}))
    ELSE CONVERT(nvarchar(4000), ${column}) END) END`;
}

/** The head of a staged variant text. */
export function variantHead(staged: string): string {
  return `LEFT(${staged}, CHARINDEX(N'${HEAD_END}', ${staged}) - 1)`;
}

/** Turns a staged text back into the variant, for the heads that the staged rows have. */
export function variantValue(staged: string, heads: readonly string[]): string {
  if (heads.length === 0) return 'CONVERT(sql_variant, NULL)';
  const value = `SUBSTRING(${staged}, CHARINDEX(N'${HEAD_END}', ${staged}) + 1, 2147483647)`;
  const branches = [...heads].sort().map((head) => {
    return `    WHEN ${quoteLiteral(head)} THEN CONVERT(sql_variant, ${branchValue(head, value)})`;
  });
  return `CASE ${variantHead(staged)} COLLATE Latin1_General_BIN2\n${branches.join('\n')} END`;
}

const HEAD = /^(\w+)(?:\(([^)]*)\))?$/;
const COLLATION = /^\w+$/;
const STYLES: Readonly<Record<string, string>> = {
  ...{ money: '', smallmoney: '', float: '', real: '' },
  ...{ date: ', 121', time: '', datetime: ', 121', smalldatetime: ', 121' },
  ...{ datetime2: ', 121', datetimeoffset: ', 121' },
};

/** @throws TypeError for a head that variantText cannot have made */
function branchValue(head: string, value: string): string {
  const [, base = '', inside = ''] = HEAD.exec(head) ?? [];
  const [length = '', collation = ''] = inside.split(',');
  switch (base) {
    case 'char':
    case 'varchar':
      return stringValue(`${base}(${atLeastOne(length)})`, collation, value);
    case 'nchar':
    case 'nvarchar':
      return stringValue(`${base}(${atLeastOne(length, 2)})`, collation, value);
    case 'decimal':
    case 'numeric':
      return `CONVERT(${base}(${whole(length)},${whole(collation)}), ${value})`;
    case 'binary':
    case 'varbinary':
      return `CONVERT(${base}(${atLeastOne(length)}), ${value}, 2)`;
    case 'time':
    case 'datetime2':
    case 'datetimeoffset':
      return `CONVERT(${base}(${whole(length)}), ${value}${STYLES[base] ?? ''})`;
    default:
      if (!/^\w+$/.test(base)) throw new TypeError('A staged sql_variant has no readable type.');
      return `CONVERT(${base}, ${value}${STYLES[base] ?? ''})`;
  }
}

function stringValue(type: string, collation: string, value: string): string {
  if (!COLLATION.test(collation)) throw new TypeError('A staged sql_variant has no collation.');
  return `CONVERT(${type}, ${value} COLLATE ${collation})`;
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0)
    throw new TypeError('A staged sql_variant is broken.');
  return number;
}

/** The server does not take a length of 0, which an empty value has. */
function atLeastOne(bytes: string, width = 1): number {
  return Math.max(1, whole(bytes) / width);
}
