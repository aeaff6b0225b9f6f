/** Types that a parameter can have; every other type is converted in SQL from one of these. */
export type ParamType =
  'bit' | 'int' | 'bigint' | 'float' | 'nvarchar' | 'varbinary' | 'uniqueidentifier' | 'datetime2';

export interface Param {
  /** Without the @. */
  readonly name: string;
  readonly type: ParamType;
  /** bigint: digits or a bigint. datetime2: `YYYY-MM-DD HH:MM:SS.fffffff`. */
  readonly value: string | number | bigint | boolean | Buffer | null;
}

/** Shorthands: `param.bigint('id', '12')`. */
export const param = {
  bit: (name: string, value: boolean | null): Param => ({ name, type: 'bit', value }),
  int: (name: string, value: number | null): Param => ({ name, type: 'int', value }),
  bigint: (name: string, value: string | number | bigint | null): Param => ({
    name,
    type: 'bigint',
    value,
  }),
  float: (name: string, value: number | null): Param => ({ name, type: 'float', value }),
  nvarchar: (name: string, value: string | null): Param => ({ name, type: 'nvarchar', value }),
  varbinary: (name: string, value: Buffer | null): Param => ({ name, type: 'varbinary', value }),
  uniqueidentifier: (name: string, value: string | null): Param => ({
    name,
    type: 'uniqueidentifier',
    value,
  }),
  datetime2: (name: string, value: string | null): Param => ({ name, type: 'datetime2', value }),
} as const;
