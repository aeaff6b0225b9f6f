import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinNames } from '../../../../src/config/control-tables/names.js';
import { objectName } from '../../../../src/config/names.js';

const legal = objectName('pipeline');
const hostile = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('-', 'a-', ''),
);

describe('joinNames', () => {
  it('reads as what it was made of', () => {
    expect(joinNames(['SourceServer1', 'SourceDB', 'DestDB'])).toBe(
      'sourceserver1--sourcedb--destdb',
    );
  });

  it('keeps the beginning of what is too long or not legal, with a digest', () => {
    expect(joinNames(['prod.sql.example.com', 'Customer Orders', 'Reports'])).toMatch(
      /^prod_sql_example_com--customer_-[0-9a-f]{8}$/,
    );
    expect(joinNames(['1', '2', '3'])).toMatch(/^p1--2--3-[0-9a-f]{8}$/);
  });

  it('gives a legal name for every text, the same at every time', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 3, maxLength: 4 }), (parts) => {
        expect(legal.safeParse(joinNames(parts)).success).toBe(true);
        expect(joinNames(parts)).toBe(joinNames(parts));
      }),
    );
  });

  it('gives different names for what differs in more than case', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9 _-]{1,12}$/);
    const parts = fc.tuple(part, part, part);
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = JSON.stringify(a).toLowerCase() === JSON.stringify(b).toLowerCase();
        expect(joinNames(a) === joinNames(b)).toBe(same);
      }),
    );
  });
});
