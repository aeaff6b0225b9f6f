/** The statements that put a staged partition in the place of a live one: decisions only. */
import type { PgRelation } from '../catalog/model.js';
import { quoteIdent, quoteLiteral, quoteQualified } from '../sql/quote.js';
import type { Leaf, LeafPair } from './partition-pairs.js';
import { PROOF } from './partition-pairs.js';

/** A right as the catalogue has it; no grantee: everybody; no column: the whole table. */
export interface Right {
  readonly column: string | null;
  readonly grantee: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

export interface Rights {
  readonly owner: string;
  /** The owner is the login itself. */
  readonly mine: boolean;
  /** Nothing was granted or revoked. */
  readonly ordinary: boolean;
  readonly granted: readonly Right[];
}

/**
 * Every partition leaves before one comes: a default partition that is there would be searched for
 * rows of each partition that is attached.
 */
export function exchangeStatements(
  pairs: readonly LeafPair[],
  rightsOf: (leaf: Leaf) => Rights,
): string[] {
  const inOrder = [
    ...pairs.filter(({ live }) => !isDefault(live)),
    ...pairs.filter(({ live }) => isDefault(live)),
  ];
  return [
    ...pairs.map(({ staged }) => detach(staged)),
    ...pairs.map(({ live }) => detach(live)),
    ...pairs.map(({ live }) => `drop table ${quoted(live.relation)}`),
    ...inOrder.flatMap((pair) => [
      `alter table ${quoted(pair.staged.relation)} set schema ${quoteIdent(pair.live.relation.schema)}`,
      ...settle(pair),
      ...ownership(pair.live.relation, rightsOf(pair.live), rightsOf(pair.staged)),
      attach(pair.live),
      `alter table ${quoted(pair.live.relation)} drop constraint if exists ${quoteIdent(PROOF)}`,
    ]),
  ];
}

function detach({ relation, parent }: Leaf): string {
  return `alter table ${quoted(parent)} detach partition ${quoted(relation)}`;
}

function attach({ relation, parent }: Leaf): string {
  const bound = relation.partitionBound ?? '';
  return `alter table ${quoted(parent)} attach partition ${quoted(relation)} ${bound}`;
}

export function isDefault({ relation }: Leaf): boolean {
  return relation.partitionBound === 'DEFAULT';
}

/** A staged default may take its values from a sequence of the stage. */
function settle({ live, staged }: LeafPair): string[] {
  const table = quoted(live.relation);
  const made = new Map(staged.relation.columns.map((column) => [column.name, column]));
  const comment = (text: string | null) => (text === null ? 'null' : quoteLiteral(text));
  const columns = live.relation.columns.flatMap((column) => {
    const { name, defaultText, generated, comment: text } = column;
    const own = made.get(name);
    const to = defaultText === null ? 'drop default' : `set default ${defaultText}`;
    const setDefault = generated === null && defaultText !== own?.defaultText;
    return [
      ...(setDefault ? [`alter table ${table} alter column ${quoteIdent(name)} ${to}`] : []),
      ...(text === own?.comment
        ? []
        : [`comment on column ${table}.${quoteIdent(name)} is ${comment(text)}`]),
    ];
  });
  if (live.relation.comment === staged.relation.comment) return columns;
  return [...columns, `comment on table ${table} is ${comment(live.relation.comment)}`];
}

/** A staged table may have rights of its own already, by ALTER DEFAULT PRIVILEGES. */
function ownership(live: PgRelation, wanted: Rights, staged: Rights): string[] {
  const table = quoted(live);
  const owner = quoteIdent(wanted.owner);
  const grantees = new Set(staged.granted.map(({ grantee }) => grantee));
  const others = [...grantees].filter((one) => one !== staged.owner && one !== wanted.owner);
  return [
    ...(wanted.mine ? [] : [`alter table ${table} owner to ${owner}`]),
    ...others.map((grantee) => `revoke all on table ${table} from ${role(grantee)}`),
    ...(wanted.ordinary ? [] : [`revoke all on table ${table} from ${owner}`]),
    ...wanted.granted.map((right) => grant(table, right)),
  ];
}

function grant(table: string, { column, grantee, privilege, grantable }: Right): string {
  const on = column === null ? '' : ` (${quoteIdent(column)})`;
  const option = grantable ? ' with grant option' : '';
  return `grant ${privilege}${on} on table ${table} to ${role(grantee)}${option}`;
}

function role(name: string | null): string {
  return name === null ? 'public' : quoteIdent(name);
}

export function quoted({ schema, name }: PgRelation): string {
  return quoteQualified(schema, name);
}
