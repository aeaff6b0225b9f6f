/**
 * Digests made in the worker out of plain rows, for servers that cannot write UTF-8 (before 2019):
 * the same texts and hashes as the SQL of the later ones.
 */
import { canonicalCell, canonicalHash, HASH_DIGITS } from '../../../core/canonical.js';
import type { Digest, DigestPart, RowDigest } from '../../contract/verify.js';
import type { VerifyColumn, VerifyTable } from './verify-columns.js';
import { toCanonicalValue } from './verify-columns.js';

/** One row: the key's columns, then all of the request's. */
export interface HashedRow extends RowDigest {
  readonly keyHash: string;
  readonly sum: bigint;
}

export function canonicalRow(columns: readonly VerifyColumn[], values: readonly unknown[]): string {
  return columns
    .map((column, n) => canonicalCell(column.kind, toCanonicalValue(values[n])))
    .join('');
}

export function hashRow(table: VerifyTable, row: readonly unknown[]): HashedRow {
  const key = canonicalRow(table.key, row);
  const sum = canonicalHash(canonicalRow(table.columns, row.slice(table.key.length)));
  return { key, keyHash: hexOf(canonicalHash(key)), hash: sum.toString(), sum };
}

/** Adds up rows as the server would. */
export class DigestSum {
  #rows = 0;
  #hash = 0n;

  add(row: HashedRow): void {
    this.#rows += 1;
    this.#hash += row.sum;
  }

  get digest(): Digest {
    return { rows: this.#rows, hash: this.#hash.toString() };
  }
}

export class PartSums {
  readonly #parts = new Map<string, DigestSum>();

  constructor(
    private readonly prefixes: ReadonlySet<string>,
    private readonly digits: { readonly above: number; readonly below: number },
  ) {}

  add(row: HashedRow): void {
    if (!this.prefixes.has(row.keyHash.slice(0, this.digits.above))) return;
    const id = row.keyHash.slice(0, this.digits.below);
    let sum = this.#parts.get(id);
    if (sum === undefined) this.#parts.set(id, (sum = new DigestSum()));
    sum.add(row);
  }

  get parts(): DigestPart[] {
    return [...this.#parts].map(([id, sum]) => ({ id, digest: sum.digest }));
  }
}

function hexOf(hash: bigint): string {
  return hash.toString(16).padStart(HASH_DIGITS, '0');
}
