/**
 * sp_addextendedproperty, sp_dropextendedproperty. Needed by
 * test/conformance/sqlserver/extended-properties: "is there once by its name",
 * test/conformance/sqlserver/extended-properties: "keeps the type of its value" and
 * test/conformance/sqlserver/extended-properties: "of an index has class 7 and its number".
 */
import { SqlError } from '../../backend.js';
import type { ProcedureCall, SessionContext } from '../../engine/catalog-seam.js';
import { notModelled } from '../../tsql/cursor.js';
import { findSchema } from '../objects.js';
import { Arguments } from './arguments.js';

const LEVELS = [
  '@level0type',
  '@level0name',
  '@level1type',
  '@level1name',
  '@level2type',
  '@level2name',
];

interface Subject {
  readonly class: number;
  readonly major: number;
  readonly minor: number;
}

export async function addProperty(context: SessionContext, call: ProcedureCall): Promise<void> {
  const args = new Arguments('sp_addextendedproperty', call, ['@name', '@value', ...LEVELS]);
  const { subject, name, existing } = await look(context, args);
  if (existing)
    throw failed(
      15_233,
      `Property cannot be added. Property '${name}' already exists for the object.`,
    );
  await write(context, subject, name, args);
}

export async function dropProperty(context: SessionContext, call: ProcedureCall): Promise<void> {
  const args = new Arguments('sp_dropextendedproperty', call, ['@name', ...LEVELS]);
  const { subject, name, existing } = await look(context, args);
  if (!existing) throw absent(name);
  await remove(context, subject, name);
}

async function look(
  context: SessionContext,
  args: Arguments,
): Promise<{ subject: Subject; name: string; existing: boolean }> {
  const name = args.required('@name');
  const subject = await subjectOf(context, args);
  const [row] = await context.query(
    'SELECT FROM ms.properties WHERE db = $1 AND class = $2 AND major_id = $3 AND minor_id = $4 AND lower(name) = lower($5)',
    [context.database.id, subject.class, subject.major, subject.minor, name],
  );
  return { subject, name, existing: row !== undefined };
}

/** The value keeps its type: the column is a sql_variant. */
async function write(
  context: SessionContext,
  subject: Subject,
  name: string,
  args: Arguments,
): Promise<void> {
  const value = args.argument('@value');
  const type = value?.type;
  const isVariant = type?.name === 'sql_variant';
  await context.query(
    `INSERT INTO ms.properties (db, class, major_id, minor_id, name, value)
     VALUES ($1, $2, $3, $4, $5, ${isVariant ? '$6::jsonb' : 'ss.variant($6::text, $7, $8, $9, $10, $11)'})`,
    [
      context.database.id,
      subject.class,
      subject.major,
      subject.minor,
      name,
      value?.text ?? null,
      ...(isVariant
        ? []
        : [
            type?.name ?? 'nvarchar',
            type?.length ?? 0,
            type?.precision ?? 0,
            type?.scale ?? 0,
            type?.collation ?? null,
          ]),
    ],
  );
}

async function remove(context: SessionContext, subject: Subject, name: string): Promise<void> {
  await context.query(
    'DELETE FROM ms.properties WHERE db = $1 AND class = $2 AND major_id = $3 AND minor_id = $4 AND lower(name) = lower($5)',
    [context.database.id, subject.class, subject.major, subject.minor, name],
  );
}

/** Database, schema, object of it, column or index or constraint of that. */
async function subjectOf(context: SessionContext, args: Arguments): Promise<Subject> {
  const types = ['@level0type', '@level1type', '@level2type'].map(
    (at) => args.text(at)?.toUpperCase() ?? null,
  );
  const [zero, one, two] = types;
  if (zero == null) return { class: 0, major: 0, minor: 0 };
  if (zero !== 'SCHEMA') throw notModelled(`extended properties of a ${zero}`);
  const schema = await findSchema(context, context.database, args.text('@level0name') ?? '');
  if (one == null) return { class: 3, major: schema.id, minor: 0 };
  const object = await objectId(context, schema.id, args.text('@level1name') ?? '');
  if (two == null) return { class: 1, major: object, minor: 0 };
  const name = args.text('@level2name') ?? '';
  switch (two) {
    case 'COLUMN':
      return { class: 1, major: object, minor: await partId(context, 'columns', object, name) };
    case 'INDEX':
      return { class: 7, major: object, minor: await partId(context, 'indexes', object, name) };
    case 'CONSTRAINT':
    case 'TRIGGER':
      return { class: 1, major: await objectId(context, schema.id, name), minor: 0 };
    default:
      throw notModelled(`extended properties of a ${two}`);
  }
}

async function objectId(context: SessionContext, schema: number, name: string): Promise<number> {
  const [row] = await context.query<{ id: number }>(
    'SELECT id FROM ms.objects WHERE db = $1 AND schema_id = $2 AND spid IS NULL AND key = ms.name_key($1, $3)',
    [context.database.id, schema, name],
  );
  return row?.id ?? invalid(name);
}

async function partId(
  context: SessionContext,
  of: 'columns' | 'indexes',
  object: number,
  name: string,
): Promise<number> {
  const [row] = await context.query<{ id: number }>(
    `SELECT id FROM ms.${of} WHERE object_id = $2 AND key = ms.name_key($1, $3)`,
    [context.database.id, object, name],
  );
  return row?.id ?? invalid(name);
}

function invalid(name: string): never {
  throw failed(
    15_135,
    `Object is invalid. Extended properties are not permitted on '${name}', or the object does not exist.`,
  );
}

function absent(name: string): SqlError {
  return failed(
    15_217,
    `Property cannot be updated or deleted. Property '${name}' does not exist for the object.`,
  );
}

function failed(number: number, message: string): SqlError {
  return new SqlError(number, message);
}
