import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveTable } from '../../../../src/config/effective-table.js';
import { formatIssue } from '../../../../src/config/issue.js';
import { FILE, MAPPING, mapping, mappingOf, read, SERVER, server } from './rows.js';

const NAME = 'sourceserver1--sourcedb--destdb';
const WITHOUT_WARNINGS = server({
  connectionString: 'server=s1;user id=sa;password=${SOURCE_SERVER_PASSWORD}',
});

function errors(issues: ReturnType<typeof read>['issues']): string[] {
  return issues.filter(({ severity }) => severity === 'error').map(formatIssue);
}

describe('rows of control tables', () => {
  it("make the pipeline of seed 001's document", () => {
    const { config, issues, controlPipelines } = read({ servers: [SERVER], mappings: [MAPPING] });
    expect(errors(issues)).toEqual([]);
    const pipeline = config?.pipelines[NAME];
    expect(pipeline).toMatchObject({
      enabled: true,
      source: { enabled: true, discover: 'off' },
      tables: { include: ['dbo.Users'] },
      defaults: { existing: 'adopt' },
    });
    if (pipeline === undefined) throw new Error('no pipeline');
    expect(effectiveTable(pipeline, 'dbo.Users')).toMatchObject({
      enabled: true,
      mode: 'cdc',
      key: ['UserID'],
      resetColumn: 'FullSyncTrigger',
      existing: 'adopt',
      target: { schema: 'dbo', table: 'Users' },
      verification: { every: 300_000, rows: 10_000 },
    });
    expect(controlPipelines).toMatchObject([
      { name: NAME, serverId: 1, mappings: [{ mappingId: 1 }] },
    ]);
  });

  it('name the databases of both sides, and keep the connection string where it is', () => {
    const { config } = read({ servers: [SERVER], mappings: [MAPPING] });
    const pipeline = config?.pipelines[NAME];
    const source = config?.connections[pipeline?.source.connection ?? ''];
    const target = config?.connections[pipeline?.targets.dest?.connection ?? ''];
    expect(source).toEqual({ engine: 'sqlserver', url: '${control:1}', database: 'SourceDB' });
    expect(target).toEqual({ engine: 'sqlserver', url: '${DEST_URL}', database: 'DestDB' });
    expect(JSON.stringify(config)).not.toContain('pass;');
  });

  it('switch a table, or all of a server, off', () => {
    const rows = [mappingOf(1, 'Users', { enabled: false }), mappingOf(2, 'Orders')];
    const { config } = read({ servers: [server({ enabled: false })], mappings: rows });
    const pipeline = config?.pipelines[NAME];
    expect(pipeline?.enabled).toBe(false);
    expect(pipeline?.tables.settings['dbo.Users']?.enabled).toBe(false);
    expect(pipeline?.tables.settings['dbo.Orders']?.enabled).toBe(true);
  });

  it('follow a table without CDC by its trigger alone, and take several columns for a key', () => {
    const row = mapping({ cdc: false, keyColumns: 'TenantID, UserID' });
    const { config } = read({ servers: [SERVER], mappings: [row] });
    expect(config?.pipelines[NAME]?.tables.settings['dbo.Users']).toMatchObject({
      mode: 'full',
      key: ['TenantID', 'UserID'],
    });
  });

  it('of one server make one pipeline for each pair of databases', () => {
    const place = (database: string, table: string) => ({ database, schema: 'dbo', table });
    const rows = [
      MAPPING,
      mapping({ mappingId: 2, source: place('HR', 'A'), target: place('DestDB', 'A') }),
      mapping({ mappingId: 3, source: place('SourceDB', 'B'), target: place('Other', 'B') }),
      mapping({ mappingId: 4, source: place('sourcedb', 'C'), target: place('DESTDB', 'C') }),
    ];
    const { controlPipelines } = read({ servers: [SERVER], mappings: rows });
    expect(controlPipelines.map(({ name, mappings }) => [name, mappings.length])).toEqual([
      [NAME, 2],
      ['sourceserver1--hr--destdb', 1],
      ['sourceserver1--sourcedb--other', 1],
    ]);
  });

  it('warn of a literal password and of encryption that is off, without their values', () => {
    const { issues } = read({ servers: [SERVER], mappings: [MAPPING] });
    const texts = issues.map(formatIssue);
    expect(texts).toEqual([
      expect.stringContaining(
        'control tables, server 1 warning: connection_string switches encryption off',
      ),
      expect.stringContaining('connection_string holds a literal password'),
    ]);
    expect(texts.join('')).not.toContain('=pass');
  });

  it('say nothing where all is well', () => {
    expect(read({ servers: [WITHOUT_WARNINGS], mappings: [MAPPING] }).issues).toEqual([]);
  });

  it('take the keys that the section gives to every pipeline', () => {
    const text = `${FILE}  source: { enableCdc: true }\n  target: { createDatabase: true }\n  defaults: { verification: { rows: 5 } }\n`;
    const { config, issues } = read({ servers: [WITHOUT_WARNINGS], mappings: [MAPPING] }, text);
    expect(issues).toEqual([]);
    expect(config?.pipelines[NAME]).toMatchObject({
      source: { enableCdc: true },
      targets: { dest: { createDatabase: true } },
      defaults: { existing: 'adopt', verification: { rows: 5 } },
    });
  });
});

describe('a row that is wrong', () => {
  const good = { serverId: 2, name: 'Good' };
  const goodServer = { ...WITHOUT_WARNINGS, ...good };
  const goodMapping = mappingOf(20, 'Fine', {
    serverId: 2,
    target: { database: 'DestDB', schema: 'dbo', table: 'Fine' },
  });

  it.each([
    ['an unreadable string', 'nonsense', 'connection_string is no connection string'],
    ['no server', 'user id=sa;password=x', 'connection_string is no connection string'],
    [
      'a variable that nobody allowed',
      'server=evil;user id=sa;password=${AWS_SECRET}',
      'refers to the variable AWS_SECRET, which controlTables.variables does not name',
    ],
    ['a file', 'server=evil;user id=sa;password=${file:/etc/passwd}', 'variables only'],
    ['another row', 'server=evil;user id=sa;password=${control:2}', 'variables only'],
  ])('stops its server alone: %s', (_, connectionString, message) => {
    const { config, issues } = read({
      servers: [server({ connectionString }), goodServer],
      mappings: [MAPPING, goodMapping],
    });
    expect(errors(issues)).toEqual([expect.stringContaining(message)]);
    expect(errors(issues)[0]).toMatch(/^control tables, server 1 /);
    expect(Object.keys(config?.pipelines ?? {})).toEqual(['good--sourcedb--destdb']);
  });

  it.each([
    ['a table mapped twice', mappingOf(3, 'Users'), 'source_table is that of mapping 1 too'],
    [
      'a destination that two tables share',
      mapping({
        mappingId: 3,
        source: { database: 'SourceDB', schema: 'dbo', table: 'People' },
      }),
      'dest_table is that of mapping 1 too',
    ],
    ['an empty name', mappingOf(3, ' '), 'source_table is empty'],
    ['a reference', mappingOf(3, '${HOME}'), 'source_table has a ${'],
  ])('stops its table alone: %s', (_, row, message) => {
    const { config, issues } = read({ servers: [WITHOUT_WARNINGS], mappings: [MAPPING, row] });
    expect(errors(issues)[0]).toContain(`control tables, server 1, mapping 3 ${message}`);
    expect(config?.pipelines[NAME]?.tables.include).toEqual(['dbo.Users']);
  });

  it('is named when its server is missing or has the name of another', () => {
    const twin = { ...WITHOUT_WARNINGS, serverId: 2, name: 'sourceserver1' };
    const { issues, controlPipelines } = read({
      servers: [WITHOUT_WARNINGS, twin],
      mappings: [MAPPING, mappingOf(2, 'A', { serverId: 9 })],
    });
    expect(errors(issues)).toEqual([
      expect.stringContaining('server 2 server_name is the name of server 1 too'),
      expect.stringContaining('server 9, mapping 2 server_id names no row'),
    ]);
    expect(controlPipelines).toHaveLength(1);
  });

  it('does not stop a pipeline of the files that has the same name', () => {
    const text =
      `${FILE}pipelines:\n  ${NAME}:\n    source: control\n    targets: [other]\n    tables: { include: ['dbo.*'] }\n`.replace(
        'controlTables:',
        '  other: { engine: sqlserver, host: h, database: d }\ncontrolTables:',
      );
    const { config, issues, controlPipelines } = read(
      { servers: [WITHOUT_WARNINGS], mappings: [MAPPING] },
      text,
    );
    expect(errors(issues)[0]).toContain('is declared twice, here and in sluice.yaml');
    expect(Object.keys(config?.pipelines ?? {})).toEqual([NAME]);
    expect(controlPipelines).toEqual([]);
  });

  it('never stops the others, whatever its names are', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(text, text, text, (name, database, table) => {
        const place = { database, schema: table, table };
        const { config } = read({
          servers: [server({ name }), { ...goodServer, name: `good ${name}` }],
          mappings: [mapping({ source: place, target: place }), goodMapping],
        });
        expect(Object.keys(config?.pipelines ?? {}).length).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the section controlTables', () => {
  it('makes pipelines unnecessary in the files', () => {
    const { config, issues } = read({ servers: [], mappings: [] });
    expect([issues, config?.pipelines]).toEqual([[], {}]);
  });

  it('names a connection that is there and can hold the tables', () => {
    const postgres = FILE.replace('sqlserver', 'postgres');
    expect(errors(read({ servers: [], mappings: [] }, postgres).issues)).toEqual([
      'sluice.yaml:8:3 controlTables.connection names control, which can hold no control tables; name one with SQL Server.',
    ]);
    const unknown = FILE.replace('connection: control', 'connection: contrl');
    expect(errors(read({ servers: [], mappings: [] }, unknown).issues)[0]).toContain(
      'names the connection contrl, which is not declared; write control',
    );
  });
});
