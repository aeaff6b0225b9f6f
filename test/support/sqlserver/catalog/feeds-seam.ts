/** What CDC and Change Tracking (feeds/) add to the catalog, and what they are told of. */
import type { Name, TableSource } from '../tsql/ast.js';
import type {
  DatabaseInfo,
  ProcedureCall,
  RowSource,
  SessionContext,
  TableInfo,
} from '../engine/catalog-seam.js';
import type { Printed } from '../engine/print/printed.js';

export interface Feeds {
  /** Runs once after setUpCatalog, in a new PostgreSQL database. */
  setUp(run: (sql: string) => Promise<unknown>): Promise<void>;
  /** ALTER TABLE … ENABLE | DISABLE CHANGE_TRACKING; ms.tables.tracking says so already. */
  tableTracking(context: SessionContext, table: TableInfo, on: boolean): Promise<void>;
  /** ALTER DATABASE … SET CHANGE_TRACKING = ON | OFF; ms.databases says so already. */
  databaseTracking(context: SessionContext, database: DatabaseInfo, on: boolean): Promise<void>;
  /** TRUNCATE TABLE of a tracked table: its minimum valid version moves. */
  truncated(context: SessionContext, table: TableInfo): Promise<void>;
  /** A definition changed or dropped a table that a capture instance or Change Tracking reads. */
  tableChanged(context: SessionContext, objectId: number, text: string): Promise<void>;
  /** SWITCH into or out of a table with CDC: throws 22842 or 22843 where it is not allowed. */
  switching(context: SessionContext, source: TableInfo, target: TableInfo): Promise<void>;
  rowSource(
    context: SessionContext,
    source: Extract<TableSource, { kind: 'function' | 'changes' | 'changeVersion' }>,
    args: readonly Printed[],
  ): Promise<RowSource | undefined>;
  scalar(name: Name, args: readonly Printed[], database: DatabaseInfo): Printed | undefined;
  procedure(context: SessionContext, name: Name, call: ProcedureCall): Promise<boolean>;
}
