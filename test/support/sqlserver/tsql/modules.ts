import type { ModuleDefinition, Name, Parameter } from './ast.js';
import type { Queries } from './queries.js';

type Module = ModuleDefinition['module'];
type Kind = 'VIEW' | 'PROCEDURE' | 'FUNCTION' | 'TRIGGER';

const EVENTS = { INSERT: 'insert', UPDATE: 'update', DELETE: 'delete' } as const;

interface Options {
  readonly encrypted: boolean;
  readonly schemaBound: boolean;
}

/** After CREATE, ALTER or CREATE OR ALTER and the word for the kind; takes the rest of the batch. */
export function readModule(
  p: Queries,
  mode: ModuleDefinition['mode'],
  kind: Kind,
): ModuleDefinition {
  const name = p.name();
  const { module, options } = READERS[kind](p, name);
  while (!p.ended) p.next();
  return { kind: 'module', mode, name, text: p.text, ...options, module };
}

const READERS: Readonly<
  Record<Kind, (p: Queries, name: Name) => { module: Module; options: Options }>
> = {
  VIEW: (p) => {
    const columns = p.is('(') ? p.names() : null;
    const options = readOptions(p);
    p.expect('AS');
    const query = p.queryAfter(p.take('WITH') ? p.ctes() : []);
    p.take('WITH', 'CHECK', 'OPTION');
    p.take(';');
    if (!p.ended) p.fail();
    return { module: { kind: 'view', columns, query }, options };
  },
  PROCEDURE: (p) => {
    const parameters = p.is('(') ? p.bracketed(() => readParameters(p)) : readParameters(p);
    const options = readOptions(p);
    if (p.take('FOR', 'REPLICATION')) p.refuse('FOR REPLICATION');
    p.expect('AS');
    return { module: { kind: 'procedure', parameters }, options };
  },
  FUNCTION: (p) => {
    const parameters = p.bracketed(() => (p.is(')') ? [] : readParameters(p)));
    p.expect('RETURNS');
    return readFunction(p, parameters);
  },
  TRIGGER: (p) => {
    p.expect('ON');
    if (p.isAny('DATABASE', 'ALL')) p.refuse('triggers on DDL and logon');
    const table = p.name();
    const options = readOptions(p);
    const insteadOf = p.take('INSTEAD', 'OF');
    if (!insteadOf) p.expectAny('FOR', 'AFTER');
    const events = p.list(() => EVENTS[p.expectAny('INSERT', 'UPDATE', 'DELETE')]);
    p.take('NOT', 'FOR', 'REPLICATION');
    p.expect('AS');
    return { module: { kind: 'trigger', table, insteadOf, events }, options };
  },
};

function readFunction(
  p: Queries,
  parameters: readonly Parameter[],
): { module: Module; options: Options } {
  if (p.peek().kind === 'variable') {
    return { module: { kind: 'tableFunction', parameters }, options: noOptions };
  }
  if (!p.take('TABLE')) {
    const returns = p.typeName();
    const options = readOptions(p);
    return { module: { kind: 'scalarFunction', parameters, returns }, options };
  }
  const options = readOptions(p);
  p.take('AS');
  p.expect('RETURN');
  const query = inlineQuery(p);
  return { module: { kind: 'inlineFunction', parameters, query }, options };
}

function inlineQuery(p: Queries): ReturnType<Queries['query']> {
  const read = () => p.queryAfter(p.take('WITH') ? p.ctes() : []);
  return p.is('(') ? p.bracketed(read) : read();
}

const noOptions: Options = { encrypted: false, schemaBound: false };

function readParameters(p: Queries): Parameter[] {
  if (p.peek().kind !== 'variable') return [];
  return p.list(() => {
    const name = p.variable();
    p.take('AS');
    const type = p.typeName();
    const preset = p.take('=') ? p.constant() : null;
    const output = p.takeAny('OUTPUT', 'OUT') !== null;
    if (p.is('READONLY')) p.refuse('table-valued parameters');
    return { name, type, default: preset, output };
  });
}

/** `WITH ENCRYPTION, SCHEMABINDING, …`. */
function readOptions(p: Queries): Options {
  if (!p.take('WITH')) return noOptions;
  let { encrypted, schemaBound } = noOptions;
  p.list(() => {
    if (p.take('EXECUTE', 'AS') || p.take('EXEC', 'AS')) p.next();
    else if (p.take('RETURNS', 'NULL', 'ON', 'NULL', 'INPUT')) return;
    else if (p.take('CALLED', 'ON', 'NULL', 'INPUT')) return;
    else {
      const option = p.expectAny('ENCRYPTION', 'SCHEMABINDING', 'VIEW_METADATA', 'RECOMPILE');
      encrypted ||= option === 'ENCRYPTION';
      schemaBound ||= option === 'SCHEMABINDING';
    }
  });
  return { encrypted, schemaBound };
}
