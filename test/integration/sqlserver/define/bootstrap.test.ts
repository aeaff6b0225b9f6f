import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeTable } from '../../../../src/engines/sqlserver/catalog/native.js';
import { DefineScene, nameOf, OWNER } from './scene.js';

let scene: DefineScene;

beforeAll(async () => {
  scene = await DefineScene.open('bootstrap');
});
afterAll(async () => scene.close());

async function both(name: string): Promise<void> {
  await scene.make(name);
  expect(await scene.shape('target', name)).toEqual(await scene.shape('source', name));
}

describe('the bootstrap of a table', () => {
  it('keeps identity, defaults, computed columns, collations, sparse and rowguidcol', async () => {
    await scene.source.sql(`
      CREATE TABLE dbo.items (
        id bigint IDENTITY(100, 5) NOT NULL CONSTRAINT PK_items PRIMARY KEY NONCLUSTERED,
        name nvarchar(50) COLLATE Latin1_General_CS_AS NOT NULL
          CONSTRAINT DF_items_name DEFAULT (N'it''s'),
        code varchar(20) COLLATE Latin1_General_BIN2 NULL,
        price decimal(19, 4) NOT NULL CONSTRAINT DF_items_price DEFAULT (0),
        made datetime2(7) NOT NULL CONSTRAINT DF_items_made DEFAULT (SYSUTCDATETIME()),
        rare int SPARSE NULL,
        guid uniqueidentifier ROWGUIDCOL NOT NULL CONSTRAINT DF_items_guid DEFAULT (NEWID()),
        twice AS (price * 2),
        kept AS (id + 1) PERSISTED NOT NULL,
        CONSTRAINT CK_items_price CHECK (price >= 0)
      )`);
    await both('items');
  });

  it('keeps keys and indexes with order, included columns, filter and options', async () => {
    await scene.source.sql(`
      CREATE TABLE dbo.lines (
        order_id int NOT NULL, line int NOT NULL, sku nvarchar(40) NOT NULL, qty int NULL, note nvarchar(max) NULL,
        CONSTRAINT PK_lines PRIMARY KEY CLUSTERED (order_id, line DESC) WITH (FILLFACTOR = 90),
        CONSTRAINT UQ_lines_sku UNIQUE NONCLUSTERED (sku, order_id)
      );
      CREATE NONCLUSTERED INDEX IX_lines_qty ON dbo.lines (qty DESC) INCLUDE (sku)
        WHERE qty IS NOT NULL WITH (DATA_COMPRESSION = PAGE);
      CREATE UNIQUE INDEX UX_lines_line ON dbo.lines (line, order_id);`);
    await both('lines');
  });

  it('keeps a clustered columnstore and a heap', async () => {
    await scene.source.sql(`
      CREATE TABLE dbo.facts (day date NOT NULL, amount float NULL);
      CREATE CLUSTERED COLUMNSTORE INDEX CCI_facts ON dbo.facts;
      CREATE TABLE dbo.heap (a int NULL)`);
    await both('facts');
    await both('heap');
  });

  it('leaves a disabled check disabled and an untrusted one untrusted', async () => {
    await scene.source.sql(`
      CREATE TABLE dbo.guarded (a int NOT NULL PRIMARY KEY, CONSTRAINT CK_on CHECK (a > 0));
      ALTER TABLE dbo.guarded WITH NOCHECK ADD CONSTRAINT CK_old CHECK (a < 100);
      ALTER TABLE dbo.guarded ADD CONSTRAINT CK_off CHECK (a <> 50);
      ALTER TABLE dbo.guarded NOCHECK CONSTRAINT CK_off;`);
    await both('guarded');
  });

  it('keeps a partitioned table with its function, scheme and boundaries', async () => {
    await scene.source.sql(`
      CREATE PARTITION FUNCTION pf_day (date) AS RANGE RIGHT FOR VALUES ('20260101', '20260201');
      GO
      CREATE PARTITION SCHEME ps_day AS PARTITION pf_day ALL TO ([PRIMARY]);
      GO
      CREATE TABLE dbo.sales (
        id int NOT NULL, day date NOT NULL, amount money NULL,
        CONSTRAINT PK_sales PRIMARY KEY CLUSTERED (day, id) ON ps_day (day)
      ) ON ps_day (day);
      CREATE INDEX IX_sales ON dbo.sales (amount) ON ps_day (day);`);
    const changes = await scene.make('sales');
    expect(changes.map(({ kind, object }) => `${kind} ${object}`)).toEqual([
      'partition function [pf_day]',
      'partition scheme [ps_day]',
    ]);
    expect(await scene.shape('target', 'sales')).toEqual(await scene.shape('source', 'sales'));
  });

  it('makes schemas, alias types, sequences and functions that the table needs', async () => {
    await scene.source.sql(`
      CREATE SCHEMA shop;
      GO
      CREATE TYPE shop.Label FROM nvarchar(60) NOT NULL;
      GO
      CREATE SEQUENCE shop.numbers AS bigint START WITH 10 INCREMENT BY 5 MINVALUE 1 MAXVALUE 100000 CACHE 20;
      GO
      CREATE FUNCTION shop.doubled (@n int) RETURNS int AS BEGIN RETURN @n * 2 END;
      GO
      CREATE TABLE shop.tags (
        id bigint NOT NULL CONSTRAINT DF_tags_id DEFAULT (NEXT VALUE FOR shop.numbers) PRIMARY KEY,
        label shop.Label,
        n int NULL
      );`);
    const changes = await scene.make('shop.tags');
    const made = changes.map(({ kind, object }) => `${kind} ${object}`);
    expect(made).toEqual(
      expect.arrayContaining(['schema [shop]', 'type [shop].[Label]', 'sequence [shop].[numbers]']),
    );
    expect(await scene.shape('target', 'shop.tags')).toEqual(
      await scene.shape('source', 'shop.tags'),
    );
    expect(
      await scene.schema.prepareTable(
        await scene.model('source', 'shop.tags'),
        nameOf('shop.tags'),
        OWNER,
      ),
    ).toEqual([]);
  });

  it('keeps extended properties of table, column, index and constraint', async () => {
    await scene.source.sql(`
      CREATE TABLE dbo.told (id int NOT NULL CONSTRAINT PK_told PRIMARY KEY, n int CONSTRAINT DF_told DEFAULT (1));
      CREATE INDEX IX_told ON dbo.told (n);
      EXEC sp_addextendedproperty N'MS_Description', N'a "table"', N'SCHEMA', N'dbo', N'TABLE', N'told';
      EXEC sp_addextendedproperty N'MS_Description', N'a column', N'SCHEMA', N'dbo', N'TABLE', N'told', N'COLUMN', N'n';
      EXEC sp_addextendedproperty N'MS_Description', N'an index', N'SCHEMA', N'dbo', N'TABLE', N'told', N'INDEX', N'IX_told';
      EXEC sp_addextendedproperty N'MS_Description', N'a default', N'SCHEMA', N'dbo', N'TABLE', N'told', N'CONSTRAINT', N'DF_told';`);
    await both('told');
  });

  it('keeps names with brackets, dots, quotes, emoji and 128 characters', async () => {
    const odd = `o]d.d'"😀`.padEnd(128, 'x');
    const quoted = `[${odd.replace(']', ']]')}]`;
    await scene.source.sql(
      `CREATE TABLE dbo.odd (${quoted} int NOT NULL CONSTRAINT [P]]K] PRIMARY KEY)`,
    );
    await both('odd');
  });

  it('11.11: says which filegroups the target lacks, and puts their rows on PRIMARY', async () => {
    const name = scene.source.name.replaceAll(']', ']]');
    await scene.source.sql(`ALTER DATABASE [${name}] ADD FILEGROUP archive
      GO
      ALTER DATABASE [${name}] ADD FILE (NAME = archive1, FILENAME = '/tmp/${scene.source.name}.ndf')
        TO FILEGROUP archive
      GO
      CREATE TABLE dbo.stored (id int NOT NULL CONSTRAINT PK_stored PRIMARY KEY) ON archive`);
    await scene.make('stored');
    const losses = await scene.schema.losses(await scene.model('source', 'stored'));
    expect(losses.map(({ message }) => message)).toEqual([
      'The target has no filegroup archive: what dbo.stored has there goes to PRIMARY.',
    ]);
    const [index] = nativeTable(await scene.model('target', 'stored')).indexes;
    expect(index?.dataSpace).toBe('PRIMARY');
  });

  it('keeps a rowversion as eight bytes', async () => {
    await scene.source.sql('CREATE TABLE dbo.versions (id int NOT NULL PRIMARY KEY, v rowversion)');
    await scene.make('versions');
    const { columns } = await scene.model('target', 'versions');
    expect(columns.map(({ type }) => type)).toEqual(['int', 'binary(8)']);
  });

  it('gives a renamed table constraints of its own name, beside the table it was named after', async () => {
    await scene.make('items', 'dbo.items_copy');
    const { indexes } = (await scene.shape('target', 'items_copy')) as {
      indexes: { name: string }[];
    };
    expect(indexes.map(({ name }) => name)).toContain('PK_items_copy');
  });
});
