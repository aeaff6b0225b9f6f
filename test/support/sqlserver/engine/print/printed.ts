import type { MsType } from '../../backend.js';

/** An expression in PostgreSQL with what SQL Server says about it. */
export interface Printed {
  readonly sql: string;
  readonly type: MsType;
  readonly nullable: boolean;
  /** The word NULL, which takes any type. */
  readonly isNull?: boolean;
  /** A constant of T-SQL: its text before printing. */
  readonly literal?: string;
  /** Whose collation wins in a comparison: COLLATE, then columns, then the rest. */
  readonly collating?: 'explicit' | 'implicit';
  readonly identity?: boolean;
}
