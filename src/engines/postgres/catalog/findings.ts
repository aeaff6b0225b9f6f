import type { Finding } from '../../contract/schema.js';
import type { PgColumn, PgRelation } from './model.js';
import type { TypeShape } from './raw-safe.js';
import { rowTypeInside } from './raw-safe.js';

type Note = Omit<Finding, 'subject'>;

/** Why a table cannot follow, or what will be different on the target. */
export function tableFindings(
  members: readonly PgRelation[],
  key: readonly string[] | null,
  shapes: ReadonlyMap<string, TypeShape>,
): Finding[] {
  const [root] = members;
  if (root === undefined) return [];
  const subject = `${root.schema}.${root.name}`;
  const notes = [
    ...kindNotes(root),
    ...members.flatMap(persistenceNotes),
    ...memberKindNotes(members),
    ...(isFollowed(root) ? keyNotes(root, key) : []),
    ...rowNotes(root),
    ...members.slice(0, 1).flatMap((member) => columnNotes(member, shapes)),
    ...nameNotes(members),
  ];
  return notes.map((note) => ({ ...note, subject }));
}

function isFollowed(root: PgRelation): boolean {
  return root.kind === 'table' || root.kind === 'partitioned';
}

function kindNotes(root: PgRelation): Note[] {
  if (root.kind === 'foreign') {
    return [
      {
        severity: 'error',
        code: 'table.foreign',
        message: 'It is a foreign table: its rows are on another server and not in this log.',
        remedy: 'Replicate it from the server that holds its rows, or exclude it.',
      },
    ];
  }
  if (root.kind === 'materialized view') {
    return [
      {
        severity: 'error',
        code: 'table.materialized-view',
        message: 'It is a materialized view, which the log does not carry.',
        remedy: 'Replicate the tables below it and create the view on the target, or exclude it.',
      },
    ];
  }
  return [];
}

function persistenceNotes(member: PgRelation): Note[] {
  if (member.persistence !== 'unlogged') return [];
  return [
    {
      severity: 'error',
      code: 'table.unlogged',
      message: `${member.name} is unlogged: its changes are not in the log.`,
      remedy: 'Run ALTER TABLE … SET LOGGED on the source, or exclude it.',
    },
  ];
}

function memberKindNotes(members: readonly PgRelation[]): Note[] {
  const foreign = members.slice(1).filter((member) => member.kind === 'foreign');
  return foreign.map((member) => ({
    severity: 'error',
    code: 'table.foreign',
    message: `Its partition ${member.name} is a foreign table, which is not in this log.`,
    remedy: 'Detach that partition, or exclude the table.',
  }));
}

function keyNotes(root: PgRelation, key: readonly string[] | null): Note[] {
  if (key !== null) return [];
  if (root.replicaIdentity === 'full') {
    return [
      {
        severity: 'warning',
        code: 'table.no-key',
        message: 'Its replica identity is the whole row (FULL), by which rows are found slowly.',
        remedy: 'Give it a primary key and run ALTER TABLE … REPLICA IDENTITY DEFAULT.',
      },
    ];
  }
  return [
    {
      severity: 'warning',
      code: 'table.no-key',
      message:
        'It has no usable replica identity (on every partition the same), so its updates and ' +
        'deletes cannot be followed; published all the same, they would fail in the application.',
      remedy:
        'Add a primary key that is not deferrable and has no generated column, or a unique index on such NOT NULL columns and ' +
        'ALTER TABLE … REPLICA IDENTITY USING INDEX; or choose mode full.',
    },
  ];
}

function rowNotes(root: PgRelation): Note[] {
  const notes: Note[] = [];
  if (root.rowSecurity) {
    notes.push({
      severity: 'warning',
      code: 'table.row-security',
      message: 'It has row-level security; its policies are not copied to the target.',
      remedy: 'Let the role of the source bypass it (BYPASSRLS) and add policies on the target.',
    });
  }
  if (root.inheritsFrom.length > 0 || root.hasChildren) {
    notes.push({
      severity: 'warning',
      code: 'table.inheritance',
      message: 'It takes part in table inheritance: each table is copied by itself (ONLY).',
      remedy: 'Run ALTER TABLE … INHERIT on the target once writers move there, if it is needed.',
    });
  }
  return notes;
}

function columnNotes(root: PgRelation, shapes: ReadonlyMap<string, TypeShape>): Note[] {
  return root.columns.flatMap((column) => [
    ...largeObjectNotes(column, shapes),
    ...typeNotes(column, shapes),
    ...generatedNotes(column),
  ]);
}

function largeObjectNotes(column: PgColumn, shapes: ReadonlyMap<string, TypeShape>): Note[] {
  const name = shapes.get(column.typeOid)?.name;
  if (name !== 'lo' && name !== 'oid') return [];
  return [
    {
      severity: name === 'lo' ? 'warning' : 'info',
      code: 'table.large-object',
      message: `Column ${column.name} holds numbers of large objects or other objects; the number is copied, the object is not.`,
      remedy: 'Move large objects into a bytea column if the target needs them.',
    },
  ];
}

function typeNotes(column: PgColumn, shapes: ReadonlyMap<string, TypeShape>): Note[] {
  const rowType = rowTypeInside(column.typeOid, shapes);
  if (rowType === null) return [];
  return [
    {
      severity: 'error',
      code: 'table.unsupported-type',
      message: `Column ${column.name} has the row type of the table ${rowType}, which is not supported.`,
      remedy: 'Use a composite type (CREATE TYPE … AS) instead, or exclude the table.',
    },
  ];
}

function generatedNotes(column: PgColumn): Note[] {
  if (column.generated === null) return [];
  return [
    {
      severity: 'info',
      code: 'table.generated',
      message: `Column ${column.name} is generated: the target computes it by itself.`,
    },
  ];
}

/** All members are staged side by side in one schema. */
function nameNotes(members: readonly PgRelation[]): Note[] {
  const seen = new Set<string>();
  const names = members.flatMap((m) => [m.name, ...m.indexes.map((index) => index.name)]);
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice === undefined) return [];
  return [
    {
      severity: 'error',
      code: 'table.partition-name-collision',
      message: `Two of its partitions or their indexes in different schemas are called ${twice}.`,
      remedy: 'Rename one of them.',
    },
  ];
}
