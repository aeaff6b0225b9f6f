import { expect, it } from 'vitest';
import { readSequences } from '../../../../src/engines/sqlserver/catalog/object-rows.js';
import { SEQUENCES } from '../../../../src/engines/sqlserver/catalog/sql/objects.js';
import { toMsError } from '../../../../src/engines/sqlserver/ms-errors.js';
import { scriptedQuery } from '../scripted-query.js';

const SEQUENCE = {
  ...{ id: 1, schema: 'dbo', name: 'secret', typeName: 'int', precision: 10, startValue: '1' },
  ...{ increment: '1', minimum: '0', maximum: '9', currentValue: '1', cycling: false },
  ...{ cached: true, cacheSize: null },
};

it('names what the catalogue has in another form, and no value', async () => {
  const { query } = scriptedQuery(
    new Map([[SEQUENCES, [SEQUENCE, { ...SEQUENCE, currentValue: null, precision: 'secret' }]]]),
  );
  await expect(readSequences(query)).rejects.toMatchObject({
    code: 'UNEXPECTED',
    message:
      "The server's catalogue has a value of another form than Sluice knows: precision, currentValue (a query on sys.sequences).",
  });
});

it('names what the catalogue does not have, as the server does', () => {
  const absent = Object.assign(new Error("Invalid column name 'is_cached'."), { number: 207 });
  const error = toMsError(absent, 'the source');
  expect(error).toMatchObject({ code: 'TABLE_MISSING', kind: 'permanent' });
  expect(error.message).toContain('is_cached');
});
