import type { MsProperty } from '../catalog/model.js';
import { quoteLiteral } from '../sql/quote.js';
import { param } from '../sql-session.js';
import type { Placement } from './placement.js';
import { PROPERTY_EXISTS } from './sql/exists.js';
import type { Statement } from './statement.js';
import { tableParams } from './statement.js';

/** Extended properties of the table, its columns, indexes and constraints (not of foreign keys). */
export function propertyStatements(placement: Placement): Statement[] {
  const foreign = new Set(placement.table.parts.foreignKeys.map(({ name }) => name));
  return placement.table.parts.properties
    .filter(({ constraint }) => constraint === null || !foreign.has(constraint))
    .map((property) => propertyStatement(property, placement));
}

function propertyStatement(property: MsProperty, placement: Placement): Statement {
  const { schema, table } = placement.place;
  const [type, name] = subjectOf(property, placement);
  const level2 =
    type === null ? '' : `, @level2type = N'${type}', @level2name = ${quoteLiteral(name)}`;
  const levels =
    `@level0type = N'SCHEMA', @level0name = ${quoteLiteral(schema)}, ` +
    `@level1type = N'TABLE', @level1name = ${quoteLiteral(table)}${level2}`;
  const { declare, value } = valueSql(property);
  return {
    what: `property ${property.name} of ${table}`,
    sql: `${declare}EXEC sys.sp_addextendedproperty @name = ${quoteLiteral(property.name)}, @value = ${value}, ${levels}`,
    done: {
      sql: PROPERTY_EXISTS,
      params: [
        ...tableParams(placement.place),
        param.nvarchar('name', property.name),
        param.nvarchar('column', type === 'COLUMN' ? name : null),
        param.nvarchar('index', type === 'INDEX' ? name : null),
        param.nvarchar('constraint', type === 'CONSTRAINT' ? name : null),
      ],
    },
  };
}

function subjectOf(
  property: MsProperty,
  placement: Placement,
): [null, ''] | ['COLUMN' | 'INDEX' | 'CONSTRAINT', string] {
  const { column, index, constraint } = property;
  if (column !== null) return ['COLUMN', column];
  if (index !== null) return ['INDEX', placement.nameOf(index)];
  return constraint === null ? [null, ''] : ['CONSTRAINT', placement.nameOf(constraint)];
}

const TEXTS = new Set(['nvarchar', 'nchar', 'varchar', 'char', '']);

/**
 * A value is a sql_variant: what is no text keeps its type through a variable
 * (test/conformance/sqlserver/extended-properties: "keeps the type of its value").
 */
function valueSql(property: MsProperty): { declare: string; value: string } {
  const text = quoteLiteral(property.value);
  if (TEXTS.has(property.valueType)) return { declare: '', value: text };
  const declare = `DECLARE @value sql_variant = CONVERT(${property.valueType}, ${text}); `;
  return { declare, value: '@value' };
}
