import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { SessionPool } from '../../../../src/engines/sqlserver/sql-session.js';

const { SLUICE_TEST_SQLSERVER_URL: real, SLUICE_TEST_HUGE: huge } = process.env;
/** What the copy of a value is tried with everywhere. */
export const HUGE_MB = 50;
/** Of each value that a feed carries; the stand-in takes minutes for more, so only where asked. */
export const LARGE_MB = [real, huge].some((one) => one !== undefined && one !== '') ? HUGE_MB : 3;
const MB = 1_000_000;

export const largeTable = (name: string): string => `
CREATE TABLE dbo.${name} (id int NOT NULL PRIMARY KEY, b varbinary(max) NULL, t nvarchar(max) NULL)`;

export interface LargeValues {
  readonly bytes: Buffer;
  readonly text: string;
  /** As seenLarge shows them. */
  readonly seen: Readonly<Record<string, unknown>>;
}

/** Bytes without a pattern, and text with characters of one and of two code units. */
export function largeValues(bytesMb = LARGE_MB): LargeValues {
  const bytes = randomBytes(bytesMb * MB);
  const words = randomBytes(32).toString('base64url');
  const line = `${words} äöü 漢字 😀 `;
  const units = (LARGE_MB * MB) / 2;
  const text = line.repeat(Math.ceil(units / line.length)).slice(0, units - 1) + '!';
  return { bytes, text, seen: shownRow(bytes, text) };
}

/** The row as seenLarge shows it. */
export function shownRow(bytes: Buffer, text: string): Readonly<Record<string, unknown>> {
  return { id: 1, ...shown(bytes, text) };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** One row into an empty table. */
export async function fillLarge(
  pool: SessionPool,
  table: string,
  { bytes, text }: LargeValues,
): Promise<void> {
  const max = { length: 'max', nullable: true } as const;
  await pool.use(async (session) => {
    await session.bulkLoad(
      `[dbo].[${table}]`,
      [
        { name: 'id', type: 'int', nullable: false },
        { name: 'b', type: 'varbinary', ...max },
        { name: 't', type: 'nvarchar', ...max },
      ],
      Readable.from([[[1, bytes, text]]]),
    );
  });
}

/** What each row holds, by length and hash. */
export async function seenLarge(pool: SessionPool): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  await pool.use(async (session) => {
    for await (const [id, b, t] of session.stream('SELECT id, b, t FROM dbo.large ORDER BY id')) {
      rows.push({ id, ...shown(b as Buffer, t as string) });
    }
  });
  return rows;
}

function shown(bytes: Buffer, text: string): Readonly<Record<string, unknown>> {
  const units = Buffer.from(text, 'utf16le');
  return {
    b: `${String(bytes.length)} ${sha256(bytes)}`,
    t: `${String(units.length)} ${sha256(units)}`,
  };
}
