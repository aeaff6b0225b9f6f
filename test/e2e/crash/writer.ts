import pg from 'pg';

/**
 * Changes a source without pause, and counts what it committed: inserts, updates, deletes, changes
 * of keys, large values that updates leave alone, transactions over several tables, rollbacks.
 */
export class SourceWriter {
  #stopped = false;
  #done: Promise<void> = Promise.resolve();
  #random: () => number;
  transactions = 0;
  /** Committed operations on public.audited, by kind. */
  readonly audited = { INSERT: 0, UPDATE: 0, DELETE: 0 };

  constructor(
    private readonly url: string,
    seed: number,
    private readonly pauseMs = 2,
  ) {
    this.#random = generator(seed);
  }

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const client = new pg.Client({ connectionString: this.url });
      client.on('error', () => undefined);
      try {
        await client.connect();
        while (!this.#stopped) await this.#transaction(client);
      } catch {
        // The server was restarted under it: what was not confirmed may or may not be there.
        await pause(100);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  async #transaction(client: pg.Client): Promise<void> {
    const counted = { INSERT: 0, UPDATE: 0, DELETE: 0 };
    await client.query('begin');
    const steps = 1 + Math.floor(this.#random() * 4);
    for (let step = 0; step < steps; step++) await this.#step(client, counted);
    if (this.#random() < 0.1) {
      await client.query('rollback');
      return;
    }
    await client.query('commit');
    this.transactions += 1;
    for (const kind of ['INSERT', 'UPDATE', 'DELETE'] as const) this.audited[kind] += counted[kind];
    await pause(this.pauseMs);
  }

  async #step(client: pg.Client, counted: SourceWriter['audited']): Promise<void> {
    const id = Math.floor(this.#random() * 5_000);
    const other = 100_000 + Math.floor(this.#random() * 1_000_000);
    const dice = this.#random();
    if (dice < 0.25) {
      await client.query(
        `insert into accounts (name, balance, blob) values ($1, $2, repeat(md5($1), 200))`,
        [`n${other}`, id],
      );
    } else if (dice < 0.5) {
      await client.query('update accounts set balance = balance + 1 where id = $1', [id]);
    } else if (dice < 0.6) {
      await client.query('delete from accounts where id = $1', [id]);
    } else if (dice < 0.7) {
      const sql =
        'update accounts set id = $2 where id = $1 and not exists (select from accounts where id = $2)';
      await client.query(sql, [id, other]);
    } else if (dice < 0.8) {
      await client.query(
        `insert into pairs values ($1, $2, 'x') on conflict (a, b) do update set note = pairs.note || 'x'`,
        [id % 100, `k${id % 7}`],
      );
    } else {
      await this.#auditedStep(client, id, counted);
    }
  }

  async #auditedStep(
    client: pg.Client,
    id: number,
    counted: SourceWriter['audited'],
  ): Promise<void> {
    const dice = this.#random();
    const [kind, sql] =
      dice < 0.4
        ? (['INSERT', 'insert into audited (v) values ($1)'] as const)
        : dice < 0.8
          ? (['UPDATE', 'update audited set v = v + 1 where id = $1'] as const)
          : (['DELETE', 'delete from audited where id = $1'] as const);
    const result = await client.query(sql, [1 + (id % 500)]);
    counted[kind] += result.rowCount ?? 0;
  }
}

/** Mulberry32: the same seed gives the same run. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
