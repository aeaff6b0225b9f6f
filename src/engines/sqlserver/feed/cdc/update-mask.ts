/**
 * Whether the bit of a captured column is set. Bits are counted from the last byte, whatever the
 * number of columns: sys.fn_cdc_is_bit_set reads `datalength(mask) - (ordinal - 1) / 8`
 * (test/conformance/sqlserver/change-data-capture: "have a mask whose bits count from its last byte").
 *
 * @param ordinal the column's `column_ordinal`, from 1
 */
export function isInMask(mask: Buffer, ordinal: number): boolean {
  const index = mask.length - 1 - ((ordinal - 1) >> 3);
  const byte = mask[index];
  return byte !== undefined && (byte & (1 << ((ordinal - 1) & 7))) !== 0;
}
