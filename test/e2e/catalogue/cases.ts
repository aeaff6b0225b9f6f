/** What a source's owner may do to a table while it is followed, and what has to come of it. */
import { publishAgain } from './table-state.js';

export interface Case {
  readonly what: string;
  readonly table: string;
  readonly before: string;
  readonly change: string;
  /** Ordinary work afterwards, which has to arrive. */
  readonly after: string;
  /** resync: a copy by itself; in place: the same epoch goes on. */
  readonly outcome: 'resync' | 'in place';
}

const plain = (table: string): string => `
  create table ${table} (id int primary key, v int, note text);
  insert into ${table} select g, g, 'n' || g from generate_series(1, 50) g;`;

const partitioned = (table: string): string => `
  create table ${table} (id int primary key, v int) partition by range (id);
  create table ${table}_1 partition of ${table} for values from (0) to (100);
  create table ${table}_2 partition of ${table} for values from (100) to (200);
  insert into ${table} select g, g from generate_series(0, 199, 10) g;`;

const work = (table: string): string =>
  `update ${table} set v = v + 1 where id % 3 = 0; insert into ${table} (id, v) values (75, 75);`;

const partitionedWork = (table: string): string =>
  `update ${table} set v = v + 1; insert into ${table} (id, v) values (75, 75);`;

const nested = (table: string): string => `
  create table ${table} (id int primary key, v int) partition by range (id);
  create table ${table}_1 partition of ${table} for values from (0) to (100);
  create table ${table}_2 partition of ${table} for values from (100) to (300) partition by range (id);
  create table ${table}_2a partition of ${table}_2 for values from (100) to (200);
  insert into ${table} select g, g from generate_series(0, 199, 10) g;`;

export const CASES: readonly Case[] = [
  {
    what: 'a partition attached with rows',
    table: 'attached',
    before: partitioned('attached'),
    // In one transaction, or the new table would be one of its own for the watch.
    change: `create table attached_more (id int primary key, v int);
      insert into attached_more select g, g from generate_series(200, 299) g;
      alter table attached attach partition attached_more for values from (200) to (300)`,
    after: partitionedWork('attached'),
    outcome: 'resync',
  },
  {
    what: 'a partition attached below another one',
    table: 'deeper',
    before: nested('deeper'),
    change: `create table deeper_2b (id int primary key, v int);
      insert into deeper_2b select g, g from generate_series(200, 299) g;
      alter table deeper_2 attach partition deeper_2b for values from (200) to (300)`,
    after: partitionedWork('deeper'),
    outcome: 'resync',
  },
  {
    what: 'a partition with other bounds',
    table: 'bounds',
    before: partitioned('bounds'),
    change: `alter table bounds detach partition bounds_2;
      alter table bounds attach partition bounds_2 for values from (100) to (300)`,
    after: `${partitionedWork('bounds')} insert into bounds values (250, 1);`,
    outcome: 'resync',
  },
  {
    what: 'a partition detached',
    table: 'detached',
    before: partitioned('detached'),
    change: 'alter table detached detach partition detached_2',
    after: partitionedWork('detached'),
    outcome: 'resync',
  },
  {
    what: 'a partition dropped',
    table: 'less',
    before: partitioned('less'),
    change: 'drop table less_2',
    after: partitionedWork('less'),
    outcome: 'resync',
  },
  {
    what: 'a partition truncated',
    table: 'emptied',
    before: partitioned('emptied'),
    change: 'truncate emptied_2',
    after: partitionedWork('emptied'),
    outcome: 'resync',
  },
  {
    what: 'a table dropped and made again with other rows',
    table: 'remade',
    before: plain('remade'),
    change: `drop table remade; ${plain('remade')} update remade set v = v + 1000;`,
    after: work('remade'),
    outcome: 'resync',
  },
  {
    what: 'a rewrite that leaves the type as it is',
    table: 'rewritten',
    before: plain('rewritten'),
    change: 'alter table rewritten alter v type int using v + 1000',
    after: work('rewritten'),
    outcome: 'resync',
  },
  {
    what: 'a column added with a volatile default',
    table: 'dice',
    before: plain('dice'),
    change: 'alter table dice add thrown float8 default random()',
    after: work('dice'),
    outcome: 'resync',
  },
  {
    what: 'a column added with the time as its default',
    table: 'dated',
    before: plain('dated'),
    change: `alter table dated add at timestamptz not null default now()`,
    after: work('dated'),
    outcome: 'resync',
  },
  {
    what: 'a column of another type',
    table: 'retyped',
    before: plain('retyped'),
    change: 'alter table retyped alter v type bigint using v * 10',
    after: `insert into retyped values (9000, 5000000000); ${work('retyped')}`,
    outcome: 'resync',
  },
  {
    what: 'a column of another type without a rewrite',
    table: 'widened',
    before:
      'create table widened (id int primary key, v int, c varchar(3)); insert into widened values (3, 1, $$abc$$);',
    change: 'alter table widened alter c type text',
    after: `insert into widened values (9000, 1, 'abcdef'); ${work('widened')}`,
    outcome: 'resync',
  },
  {
    what: 'a column that is computed otherwise',
    table: 'computed',
    before: `create table computed (id int primary key, v int,
        g int generated always as (v * 2) stored);
      insert into computed select g, g from generate_series(1, 50) g;`,
    change: 'alter table computed alter g set expression as (v * 3)',
    after: work('computed'),
    outcome: 'resync',
  },
  {
    what: 'a column that comes to be computed',
    table: 'computes',
    before: `create table computes (id int primary key, v int, g int);
      insert into computes select g, g, g from generate_series(1, 50) g;`,
    change: `alter table computes drop g;
      alter table computes add g int generated always as (v * 2) stored`,
    after: work('computes'),
    outcome: 'resync',
  },
  {
    what: 'VACUUM FULL',
    table: 'vacuumed',
    before: plain('vacuumed'),
    change: 'vacuum full vacuumed',
    after: work('vacuumed'),
    outcome: 'in place',
  },
  {
    what: 'a TRUNCATE, which the stream carries,',
    table: 'truncated',
    before: plain('truncated'),
    change: 'truncate truncated',
    after: work('truncated'),
    outcome: 'in place',
  },
  {
    what: 'a column added without a default',
    table: 'grown',
    before: plain('grown'),
    change: 'alter table grown add more text',
    after: `${work('grown')} update grown set more = 'm' where id < 5;`,
    outcome: 'in place',
  },
  {
    what: 'a column added with a constant default',
    table: 'filled',
    before: plain('filled'),
    change: `alter table filled add more text not null default 'new'`,
    after: work('filled'),
    outcome: 'in place',
  },
  {
    what: 'a column dropped',
    table: 'shrunk',
    before: plain('shrunk'),
    change: 'alter table shrunk drop note',
    after: work('shrunk'),
    outcome: 'in place',
  },
  {
    what: 'a label added to an enum',
    table: 'labelled',
    before: `create type mood as enum ('sad', 'happy');
      create table labelled (id int primary key, v int, mood mood);
      insert into labelled select g, g, 'sad' from generate_series(1, 50) g;`,
    change: `alter type mood add value 'calm' before 'happy'`,
    after: `${work('labelled')} update labelled set mood = 'calm' where id < 5;`,
    outcome: 'in place',
  },
  {
    what: 'a column of a new type added',
    table: 'coloured',
    before: plain('coloured'),
    change: `create type colour as enum ('red', 'blue'); alter table coloured add colour colour`,
    after: `${work('coloured')} update coloured set colour = 'blue' where id < 5;`,
    outcome: 'in place',
  },
  {
    what: 'a column renamed',
    table: 'renamed',
    before: plain('renamed'),
    change: 'alter table renamed rename note to remark',
    after: `${work('renamed')} update renamed set remark = 'r' where id < 5;`,
    outcome: 'in place',
  },
  {
    what: 'a column dropped, and another one renamed into its place',
    table: 'replaced',
    before: `create table replaced (id int primary key, v int, note text, note_new text);
      insert into replaced select g, g, 'n' || g, 'new' || g from generate_series(1, 50) g;`,
    change: 'alter table replaced drop note; alter table replaced rename note_new to note',
    after: work('replaced'),
    outcome: 'resync',
  },
  {
    what: 'a column renamed away, and another one of another type into its place',
    table: 'migrated',
    before: `create table migrated (id int primary key, v int, n int, n_new bigint);
      insert into migrated select g, g, g, g * 1000 from generate_series(1, 50) g;`,
    change: 'alter table migrated rename n to n_old; alter table migrated rename n_new to n',
    after: work('migrated'),
    outcome: 'resync',
  },
  {
    what: 'a column dropped and added again',
    table: 'again',
    before: plain('again'),
    change: 'alter table again drop note, add note text',
    after: work('again'),
    outcome: 'resync',
  },
  {
    what: 'a table taken out of the publication',
    table: 'unpublished',
    before: plain('unpublished'),
    change: `alter publication sluice_shop_to0 drop table unpublished; commit;
      update unpublished set v = v + 500`,
    after: work('unpublished'),
    outcome: 'resync',
  },
  {
    what: 'a table taken out of the publication and put back',
    table: 'republished',
    before: plain('republished'),
    change: `alter publication sluice_shop_to0 drop table republished; commit;
      update republished set v = v + 500; commit;
      ${publishAgain('republished')}`,
    after: work('republished'),
    outcome: 'resync',
  },
  {
    what: 'the whole row as replica identity',
    table: 'whole',
    before: plain('whole'),
    change: 'alter table whole replica identity full',
    after: `${work('whole')} delete from whole where id = 7; update whole set id = 8000 where id = 8;`,
    outcome: 'in place',
  },
];
