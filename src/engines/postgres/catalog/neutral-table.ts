import type {
  NeutralColumn,
  NeutralForeignKey,
  NeutralIndex,
  NeutralKey,
  NeutralTable,
  ReferentialAction,
} from '../../../core/neutral-table.js';
import type { PgColumn, PgConstraint, PgIndex, PgRelation } from './model.js';
import { hasText, neutralType } from './neutral-type.js';
import { isGenerated } from './table-key.js';
import type { TypeShape } from './raw-safe.js';

/**
 * What a target of another engine can know of a table. Partitions are the source's own matter, and
 * neither a copy nor the log carries what the server computes.
 */
export function neutralTable(
  root: PgRelation,
  shapes: ReadonlyMap<string, TypeShape>,
): NeutralTable {
  const isSent = ({ columns }: { readonly columns: readonly (string | null)[] }) =>
    !columns.some((name) => name !== null && isGenerated(root, name));
  const constraints = root.constraints.filter(isSent);
  const primary = constraints.find((constraint) => constraint.type === 'primary');
  return {
    columns: root.columns.filter((column) => column.generated === null).map(toColumn(shapes)),
    primaryKey: primary === undefined ? null : toKey(primary),
    uniques: constraints.filter((one) => one.type === 'unique').map(toKey),
    indexes: root.indexes.filter((index) => isPlain(index) && isSent(index)).map(toIndex),
    foreignKeys: constraints.flatMap(toForeignKey),
  };
}

function toColumn(shapes: ReadonlyMap<string, TypeShape>) {
  return (column: PgColumn): NeutralColumn => {
    const type = neutralType(column.typeOid, column.type, shapes);
    return {
      name: column.name,
      type,
      sourceType: column.type,
      nullable: !column.notNull,
      identity: column.identity !== null,
      hasText: hasText(type),
    };
  };
}

function toKey({ name, columns }: PgConstraint): NeutralKey {
  return { name, columns };
}

/** Over whole columns, for all rows, and not made by a constraint. */
function isPlain(index: PgIndex): boolean {
  return (
    index.constraint === null && !index.partial && index.valid && index.tail.startsWith('btree ')
  );
}

function toIndex(index: PgIndex): NeutralIndex {
  const columns = index.columns.filter((column) => column !== null);
  return { name: index.name, columns, descending: columns.map(() => false) };
}

const ACTION = /ON (UPDATE|DELETE) (NO ACTION|RESTRICT|CASCADE|SET NULL|SET DEFAULT)/g;
const ACTIONS: Readonly<Record<string, ReferentialAction>> = {
  CASCADE: 'cascade',
  'SET NULL': 'set null',
  'SET DEFAULT': 'set default',
};

function toForeignKey(constraint: PgConstraint): NeutralForeignKey[] {
  const { references, name, columns } = constraint;
  if (constraint.type !== 'foreign' || references === null || references.period) return [];
  const actions = new Map<string, ReferentialAction>();
  for (const [, when = '', what = ''] of references.tail.matchAll(ACTION)) {
    actions.set(when, ACTIONS[what] ?? 'no action');
  }
  return [
    {
      name,
      columns,
      references: { schema: references.schema, table: references.table },
      referencedColumns: references.columns,
      onDelete: actions.get('DELETE') ?? 'no action',
      onUpdate: actions.get('UPDATE') ?? 'no action',
    },
  ];
}
