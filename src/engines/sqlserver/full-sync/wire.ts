import type { TableModel } from '../../contract/schema.js';
import { NEUTRAL_WIRE } from '../../../core/neutral-wire.js';
import type { MsColumn } from '../catalog/model.js';
import { isNative, nativeTable } from '../catalog/native.js';
import { sentAs, type Sent } from '../types/as-text.js';
import { isCopyable } from '../types/neutral-of.js';

/** Rows between two SQL Servers: framed as neutral ones, with columns that only they know. */
export const SQLSERVER_WIRE = 'sqlserver';
export const WIRES: readonly string[] = [SQLSERVER_WIRE, NEUTRAL_WIRE];

/** What a source can send for the table, best first: neutral rows where every type has them. */
export function sourceWires(model: TableModel): readonly string[] {
  const columns = copiedColumns(model);
  const sends = (wire: 'sqlserver' | 'neutral') =>
    columns.every((column) => isCopyable(column.type, wire));
  return [
    ...(sends('sqlserver') ? [SQLSERVER_WIRE] : []),
    ...(sends('neutral') ? [NEUTRAL_WIRE] : []),
  ];
}

/** What a target can take; a source of another engine knows only neutral rows. */
export function targetWires(model: TableModel): readonly string[] {
  return isNative(model) ? sourceWires(model) : [NEUTRAL_WIRE];
}

/** A column that is copied, and how it travels. */
export interface CopiedColumn extends Sent {
  readonly name: string;
}

/** What travels as text does so in neutral rows alone. */
export function wireColumns(model: TableModel, wire: string): CopiedColumn[] {
  const texts = model.neutral.columns.filter(({ asText }) => asText === true);
  return copiedColumns(model).map(({ name, type }) => {
    const asText = wire === NEUTRAL_WIRE && texts.some((column) => column.name === name);
    return { name, ...sentAs(type, asText) };
  });
}

/** Generated columns are computed again on the target. */
export function copiedColumns(model: TableModel): MsColumn[] {
  const table = nativeTable(model);
  return model.columns
    .filter((column) => !column.generated)
    .flatMap((column) => table.column(column.name) ?? []);
}

/** Names of the columns that are copied, whichever engine the table comes from. */
export function copiedNames(model: TableModel): string[] {
  return model.columns.filter((column) => !column.generated).map((column) => column.name);
}
