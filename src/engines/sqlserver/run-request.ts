import { Request } from 'tedious';
import type { Connection } from 'tedious';
import type { DriverColumn } from './driver-values.js';
import { assertLossless, placeParam } from './driver-values.js';
import type { Param } from './param.js';
import type { Row } from './sql-session.js';

interface DriverCell {
  readonly value: unknown;
  readonly metadata: { readonly colName: string };
}

/** A request of the driver with its parameters; `done` is called once, whatever happens. */
export function newRequest(
  sql: string,
  params: readonly Param[],
  done: (error: Error | undefined) => void,
): Request {
  const request = new Request(sql, (error) => done(error ?? undefined));
  for (const param of params) {
    const { type, value, options } = placeParam(param);
    request.addParameter(param.name, type, value, options);
  }
  return request;
}

/**
 * Run a statement to its end and give the rows of its first result set.
 *
 * @param timeoutMs for all of it; 0 for none. When it has passed the server is told to stop.
 */
export async function runRequest(
  connection: Connection,
  how: { sql: string; params: readonly Param[] | null; timeoutMs: number },
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let sets = 0;
  let refusal: Error | undefined;
  await new Promise<void>((resolve, reject) => {
    const request = newRequest(how.sql, how.params ?? [], (error) => {
      clearTimeout(timer);
      const failure = refusal ?? error;
      if (failure === undefined) resolve();
      else reject(failure);
    });
    const timer = limit(request, how.timeoutMs);
    request.on('columnMetadata', (columns: unknown) => {
      sets += 1;
      try {
        assertLossless(columns as readonly DriverColumn[], false);
      } catch (error) {
        refusal = error instanceof Error ? error : new Error(String(error));
        request.cancel();
      }
    });
    request.on('row', (cells: readonly DriverCell[]) => {
      if (sets === 1) rows.push(toRow(cells));
    });
    if (how.params === null) connection.execSqlBatch(request);
    else connection.execSql(request);
  });
  return rows;
}

function toRow(cells: readonly DriverCell[]): Row {
  const row: Record<string, unknown> = {};
  for (const { metadata, value } of cells) row[metadata.colName] = value;
  return row;
}

function limit(request: Request, timeoutMs: number): NodeJS.Timeout | undefined {
  if (timeoutMs === 0) return undefined;
  return setTimeout(() => request.cancel(), timeoutMs).unref();
}
