import { describe, expect, it } from 'vitest';
import type { PgIndex, PgRelation } from '../../../../../src/engines/postgres/catalog/model.js';
import { PgTable } from '../../../../../src/engines/postgres/catalog/model.js';
import type { Pairing } from '../../../../../src/engines/postgres/full-sync/partition-pairs.js';
import {
  lackingRules,
  pairLeaves,
  PROOF,
  whyNotAlike,
} from '../../../../../src/engines/postgres/full-sync/partition-pairs.js';
import { column, relation, uniqueIndex } from '../define/table-models.js';

const JANUARY = `FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')`;
const FEBRUARY = `FOR VALUES FROM ('2024-02-01') TO ('2024-03-01')`;

function root(changes: Partial<PgRelation> = {}): PgRelation {
  return relation('t', { kind: 'partitioned', partitionKey: 'RANGE (day)', ...changes });
}

function part(
  name: string,
  partitionBound: string,
  changes: Partial<PgRelation> = {},
  parent = 't',
): PgRelation {
  return relation(name, { parent: `oid of ${parent}`, partitionBound, ...changes });
}

function tree(...[top, ...parts]: readonly [PgRelation, ...PgRelation[]]): PgTable {
  return new PgTable(top, [top, ...parts], [], []);
}

function paired(live: PgTable, staged: PgTable): Pairing {
  const found = pairLeaves(live, staged);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

const names = ({ pairs, alone }: Pairing) => ({
  pairs: pairs.map(({ live, staged }) => [live.relation.name, staged.relation.name]),
  alone: alone.map(({ relation: { name } }) => name),
});

describe('leaves of two trees', () => {
  it('are paired by their bounds, below every division', () => {
    const divided = { kind: 'partitioned', partitionKey: 'HASH (id)' } as const;
    const live = tree(
      root(),
      part('other', 'DEFAULT'),
      part('jan', JANUARY),
      part('feb', FEBRUARY, divided),
      part('feb_1', 'FOR VALUES WITH (modulus 2, remainder 0)', {}, 'feb'),
      part('feb_2', 'FOR VALUES WITH (modulus 2, remainder 1)', {}, 'feb'),
    );
    const staged = tree(
      root(),
      part('feb', FEBRUARY, divided),
      part('feb_2', 'FOR VALUES WITH (modulus 2, remainder 1)', {}, 'feb'),
      part('jan', JANUARY),
    );
    expect(names(paired(live, staged))).toEqual({
      pairs: [
        ['feb_2', 'feb_2'],
        ['jan', 'jan'],
      ],
      alone: ['feb_1', 'other'],
    });
  });

  it.each([
    [tree(relation('t')), 'its source is not partitioned'],
    [tree(root({ partitionKey: 'RANGE (id)' })), 'another key'],
    [tree(root(), part('feb', FEBRUARY)), 'lacks the partition feb'],
    [tree(root(), part('january', JANUARY)), 'another name'],
    [tree(root(), part('jan', JANUARY, { kind: 'partitioned' })), 'divided otherwise'],
  ])('are not paired where the trees differ (%#)', (staged, why) => {
    expect(pairLeaves(tree(root(), part('jan', JANUARY)), staged)).toContain(why);
  });
});

describe('a pair', () => {
  const check = {
    oid: '1',
    name: 'positive',
    type: 'check',
    definition: 'CHECK ((id > 0))',
    columns: ['id'],
    local: true,
    validated: true,
    parent: null,
    index: null,
    references: null,
    comment: null,
  } as const;
  const leaf = (changes: Partial<PgRelation> = {}) =>
    part('jan', JANUARY, {
      columns: [column('id', { defaultText: "nextval('s.live'::regclass)", comment: 'a' })],
      constraints: [check],
      indexes: [uniqueIndex('jan_pkey', ['id'])],
      ...changes,
    });
  const why = (staged: PgRelation, live = leaf()) => {
    const trees = [tree(root(), live), tree(root(), staged)] as const;
    return whyNotAlike(trees[0], paired(...trees));
  };

  it('is alike whatever its defaults, comments, proof and inheritance say', () => {
    const constraints = [
      { ...check, local: false },
      { ...check, name: PROOF },
    ];
    const columns = [column('id', { defaultText: "nextval('stage.own'::regclass)" })];
    expect(why(leaf({ columns, constraints }))).toBeNull();
  });

  const wide = { columns: [column('id', { type: 'bigint' })] };
  const computed = { columns: [column('id', { generated: 'stored', defaultText: '(a * 2)' })] };
  it.each<[Partial<PgRelation>, string]>([
    [{ persistence: 'unlogged' }, 'its settings'],
    [{ replicaIdentity: 'full' }, 'its settings'],
    [wide, 'column id'],
    [computed, 'column id'],
    [{ columns: [...leaf().columns, column('more')] }, 'column more'],
    [{ constraints: [] }, 'constraint positive'],
    [{ constraints: [{ ...check, validated: false }] }, 'constraint positive'],
    [{ indexes: [] }, 'index jan_pkey'],
    [{ indexes: [{ ...uniqueIndex('jan_pkey', ['id']), tail: 'btree (id DESC)' }] }, 'jan_pkey'],
  ])('is not alike where ATTACH would lose or do something (%#)', (changes, what) => {
    expect(why(leaf(changes))).toContain(what);
  });

  it('is not alike where the live partition lacks an index of its parent', () => {
    const index: PgIndex = { ...uniqueIndex('t_id', ['id']), oid: '7' };
    const top = root({ indexes: [index] });
    const whole = leaf({ indexes: [{ ...uniqueIndex('jan_id', ['id']), parent: '7' }] });
    const pairing = paired(tree(top, whole), tree(top, whole));
    expect(whyNotAlike(tree(top, whole), pairing)).toBeNull();
    expect(whyNotAlike(tree(top, leaf()), pairing)).toContain('lacks index t_id');
  });
});

it('finds what the live table has beyond its source, and whether rows may break it', () => {
  const own = { ...uniqueIndex('jan_own', ['id']), unique: false };
  const live = tree(root(), part('jan', JANUARY, { indexes: [own] }), part('feb', FEBRUARY));
  const staged = tree(root(), part('jan', JANUARY));
  expect(lackingRules(staged, staged)).toBeNull();
  const lacking = lackingRules(live, staged);
  expect(lacking?.unique).toBe(false);
  expect(lacking?.members.map(({ name, indexes }) => [name, indexes.length])).toEqual([
    ['t', 0],
    ['jan', 1],
  ]);
  const unique = tree(root(), part('jan', JANUARY, { indexes: [{ ...own, unique: true }] }));
  expect(lackingRules(unique, staged)?.unique).toBe(true);
});
