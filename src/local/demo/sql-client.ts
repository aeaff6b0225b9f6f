import pg from 'pg';

export type Row = Readonly<Record<string, unknown>>;

/** One session on a local server. Times, numbers and bytes have the same text on both servers. */
export class SqlClient {
  private constructor(private readonly client: pg.Client) {}

  static async connect(url: string, applicationName: string): Promise<SqlClient> {
    const client = new pg.Client({
      connectionString: url,
      application_name: applicationName,
      options: '-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=1',
    });
    // A server that the demo stops at its end is no error.
    client.on('error', () => undefined);
    await client.connect();
    return new SqlClient(client);
  }

  /** Several statements at once when there are no values. */
  async run(sql: string, values?: readonly unknown[]): Promise<readonly Row[]> {
    const result = await this.client.query<Row>(
      values === undefined ? { text: sql } : { text: sql, values: [...values] },
    );
    return result.rows ?? [];
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
