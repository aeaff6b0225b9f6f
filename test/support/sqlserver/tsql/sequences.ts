import type { SequenceDefinition } from './ast.js';
import type { Queries } from './queries.js';

type Mutable = { -readonly [K in keyof SequenceDefinition]: SequenceDefinition[K] };

/** After CREATE or ALTER SEQUENCE. */
export function readSequence(p: Queries, kind: SequenceDefinition['kind']): SequenceDefinition {
  const name = p.name();
  const type = p.take('AS') ? p.typeName() : null;
  const read: Mutable = { kind, name, type };
  while (option(p, read));
  return read;
}

function option(p: Queries, s: Mutable): boolean {
  if (p.take('START', 'WITH')) s.startWith = p.integer();
  else if (p.take('RESTART')) s.startWith = p.take('WITH') ? p.integer() : null;
  else if (p.take('INCREMENT', 'BY')) s.increment = p.integer();
  else if (p.take('MINVALUE')) s.minimum = p.integer();
  else if (p.take('NO', 'MINVALUE')) s.minimum = null;
  else if (p.take('MAXVALUE')) s.maximum = p.integer();
  else if (p.take('NO', 'MAXVALUE')) s.maximum = null;
  else if (p.take('CYCLE')) s.cycle = true;
  else if (p.take('NO', 'CYCLE')) s.cycle = false;
  else if (p.take('NO', 'CACHE')) s.cache = null;
  else if (p.take('CACHE')) s.cache = p.peek().kind === 'number' ? p.integer() : '';
  else return false;
  return true;
}
