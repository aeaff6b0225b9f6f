/**
 * The tree of a T-SQL batch. Every node is a member of a discriminated union by `kind`; names come
 * without their quotes, keywords as lower-case words, options and hints as upper-case words.
 */
export type * from './ast-expression.js';
export type * from './ast-query.js';
export type * from './ast-statement.js';
export type * from './ast-table.js';
export type * from './ast-definition.js';
