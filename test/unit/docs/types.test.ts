import { describe, expect, it } from 'vitest';
import { neutralSystemType } from '../../../src/engines/sqlserver/catalog/neutral-type-of.js';
import { readMarkdown } from './markdown.js';

/** The section about what becomes of the types of a source. */
function rowsOf(heading: string): string[] {
  const [, section = ''] = readMarkdown('docs/types.md').text.split(`## ${heading}\n`);
  const [own = ''] = section.split(/^## /m);
  return own.split('\n').filter((line) => line.startsWith('| `'));
}

/** System types of SQL Server as sys.types lists them, without sysname. */
const TYPES = [
  ...['bit', 'tinyint', 'smallint', 'int', 'bigint', 'decimal', 'numeric', 'money', 'smallmoney'],
  ...['real', 'float', 'date', 'time', 'smalldatetime', 'datetime', 'datetime2', 'datetimeoffset'],
  ...['uniqueidentifier', 'char', 'nchar', 'varchar', 'nvarchar', 'text', 'ntext', 'binary'],
  ...['varbinary', 'image', 'timestamp', 'xml', 'sql_variant', 'hierarchyid', 'geography'],
  'geometry',
];

describe('docs/types.md', () => {
  it.each(TYPES)(
    '11.13: has one row for %s of SQL Server, refused where it has no neutral form',
    (type) => {
      const named = rowsOf('From SQL Server').filter((row) => {
        const [, first = ''] = row.split('|');
        return new RegExp(`\`${type}(\\(\\w+(,\\w+)?\\))?\``).test(first);
      });
      // varchar(n) and varchar(max) are two rows.
      expect(named.length).toBeGreaterThan(0);
      const found = neutralSystemType({ name: type, maxLength: 8, precision: 9, scale: 2 });
      const refused = named.every((row) => (row.split('|')[3] ?? '').trim() === 'refused');
      expect(refused).toBe(found === null);
    },
  );
});
