import type { WatermarkColumn } from '../watermark-column.js';

/** Whether the newest row has a lower value than the oldest one. */
export function decreasesSql(of: WatermarkColumn, identity: string): string {
  const end = (order: string) => `
       (SELECT TOP (1) ${of.name} FROM ${of.relation}
         WHERE ${of.name} IS NOT NULL ORDER BY ${identity}${order})`;
  return `
SELECT CASE WHEN${end(' DESC')} <${end('')}
            THEN 1 ELSE 0 END AS decreases`;
}
