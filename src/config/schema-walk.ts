import { z } from 'zod';

/** The schema under optional, default, prefault, readonly and transform wrappers. */
export function unwrap(schema: unknown): unknown {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly
  ) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}

/** Alternatives of a schema: the options of a union, or the schema alone. */
function alternatives(schema: unknown): unknown[] {
  const inner = unwrap(schema);
  return inner instanceof z.ZodUnion ? inner.options.flatMap(alternatives) : [inner];
}

function property(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** Of several kinds of connection, the one that `engine:` names. */
function fits(schema: unknown, value: unknown): boolean {
  if (!(schema instanceof z.ZodObject)) return true;
  return Object.entries(schema.shape).every(
    ([key, inner]) =>
      !(inner instanceof z.ZodLiteral) ||
      !inner.values.size ||
      inner.values.has(property(value, key) as never),
  );
}

function step(schema: unknown, key: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[String(key)];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  return undefined;
}

/** Keys that an object at this place of the config may have; empty when it is no object there. */
export function knownKeys(root: unknown, path: readonly PropertyKey[], value: unknown): string[] {
  let schemas = alternatives(root);
  let current = value;
  for (const key of path) {
    const candidates = schemas.filter((schema) => fits(schema, current));
    schemas = candidates.flatMap((schema) => alternatives(step(schema, key)));
    current = property(current, key);
  }
  const here = schemas.filter((schema) => fits(schema, current));
  return here.flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));
}
