import { describe, expect, it } from 'vitest';
import type { PgDomain } from '../../../../../src/engines/postgres/catalog/object-model.js';
import { alterDomain } from '../../../../../src/engines/postgres/define/alter-domain.js';

const DOMAIN: PgDomain = {
  kind: 'domain',
  oid: '1',
  schema: 'public',
  name: 'amount',
  comment: null,
  base: 'integer',
  collation: null,
  defaultText: null,
  notNull: false,
  constraints: [{ name: 'small', definition: 'CHECK (VALUE < 100)' }],
};

describe('a domain of the target', () => {
  it('stays as it is when it checks the same, validated or not', () => {
    const [check] = DOMAIN.constraints;
    const found = {
      ...DOMAIN,
      constraints: [{ name: 'small', definition: `${check?.definition ?? ''} NOT VALID` }],
    };
    expect(alterDomain('d', DOMAIN, found)).toEqual([]);
  });

  it('loses checks before it gets others, without a look at the rows that are there', () => {
    const wanted = {
      ...DOMAIN,
      defaultText: '1',
      constraints: [
        { name: 'small', definition: 'CHECK (VALUE < 1000)' },
        { name: 'no 0', definition: 'CHECK (VALUE <> 0)' },
      ],
    };
    expect(alterDomain('d', wanted, { ...DOMAIN, notNull: true })).toEqual([
      'ALTER DOMAIN d DROP CONSTRAINT "small"',
      'ALTER DOMAIN d ADD CONSTRAINT "small" CHECK (VALUE < 1000) NOT VALID',
      'ALTER DOMAIN d ADD CONSTRAINT "no 0" CHECK (VALUE <> 0) NOT VALID',
      'ALTER DOMAIN d DROP NOT NULL',
      'ALTER DOMAIN d SET DEFAULT 1',
    ]);
  });

  it('cannot become one over another type', () => {
    expect(alterDomain('d', { ...DOMAIN, base: 'bigint' }, DOMAIN)).toBeNull();
  });
});
