import { expect, it } from 'vitest';
import type { Rights } from '../../../../../src/engines/postgres/full-sync/exchange-statements.js';
import { exchangeStatements } from '../../../../../src/engines/postgres/full-sync/exchange-statements.js';
import type {
  Leaf,
  LeafPair,
} from '../../../../../src/engines/postgres/full-sync/partition-pairs.js';
import { column, relation } from '../define/table-models.js';

const ORDINARY: Rights = { owner: 'me', mine: true, ordinary: true, granted: [] };
const right = (grantee: string | null, privilege: string) => ({
  column: null,
  grantee,
  privilege,
  grantable: false,
});

function leaf(schema: string, name: string, partitionBound: string, comment = ''): Leaf {
  const columns = [column('id', { defaultText: `nextval('${schema}.seq'::regclass)` })];
  const changes = { schema, partitionBound, columns, comment: comment === '' ? null : comment };
  return { relation: relation(name, changes), parent: relation('t', { schema }) };
}

const pair = (name: string, bound: string, comment?: string): LeafPair => ({
  live: leaf('s', name, bound, comment),
  staged: leaf('stage', name, bound),
});

it('detaches every partition before one is attached, and the default partition comes last', () => {
  const pairs = [pair('rest', 'DEFAULT', `it's the rest`), pair('one', 'FOR VALUES IN (1)')];
  expect(exchangeStatements(pairs, () => ORDINARY)).toEqual([
    'alter table "stage"."t" detach partition "stage"."rest"',
    'alter table "stage"."t" detach partition "stage"."one"',
    'alter table "s"."t" detach partition "s"."rest"',
    'alter table "s"."t" detach partition "s"."one"',
    'drop table "s"."rest"',
    'drop table "s"."one"',
    'alter table "stage"."one" set schema "s"',
    `alter table "s"."one" alter column "id" set default nextval('s.seq'::regclass)`,
    'alter table "s"."t" attach partition "s"."one" FOR VALUES IN (1)',
    'alter table "s"."one" drop constraint if exists "sluice_partition_bound"',
    'alter table "stage"."rest" set schema "s"',
    `alter table "s"."rest" alter column "id" set default nextval('s.seq'::regclass)`,
    `comment on table "s"."rest" is 'it''s the rest'`,
    'alter table "s"."t" attach partition "s"."rest" DEFAULT',
    'alter table "s"."rest" drop constraint if exists "sluice_partition_bound"',
  ]);
});

it('gives the new partition the owner and exactly the rights of the old one', () => {
  const one = pair('one', 'FOR VALUES IN (1)');
  const live: Rights = {
    owner: 'them',
    mine: false,
    ordinary: false,
    granted: [
      right('them', 'SELECT'),
      { ...right('a"b', 'UPDATE'), column: 'id', grantable: true },
      right(null, 'SELECT'),
    ],
  };
  const staged: Rights = {
    ...ORDINARY,
    ordinary: false,
    granted: [right('me', 'SELECT'), right('everywhere', 'SELECT')],
  };
  const statements = exchangeStatements([one], (of) => (of === one.live ? live : staged));
  expect(statements.filter((sql) => /owner|revoke|grant/.test(sql))).toEqual([
    'alter table "s"."one" owner to "them"',
    'revoke all on table "s"."one" from "everywhere"',
    'revoke all on table "s"."one" from "them"',
    'grant SELECT on table "s"."one" to "them"',
    'grant UPDATE ("id") on table "s"."one" to "a""b" with grant option',
    'grant SELECT on table "s"."one" to public',
  ]);
});
