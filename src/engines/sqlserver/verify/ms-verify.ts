import type { Position } from '../../contract/feed.js';
import type {
  Digest,
  DigestPart,
  DigestRequest,
  OrphanRequest,
  RowDigest,
  VerifyDatabase,
} from '../../contract/verify.js';
import { readServerFacts } from '../catalog/server-facts.js';
import { assertPrimary } from '../primary.js';
import type { MsSession, SessionPool } from '../sql-session.js';
import type { Digests } from './digests.js';
import { ServerDigests } from './server-digests.js';
import { orphansSql } from './sql/orphans-sql.js';
import { readVerifyTable } from './verify-columns.js';
import { WorkerDigests } from './worker-digests.js';

/** Digests of one database's tables. */
export class MsVerify implements VerifyDatabase {
  #major: number | null = null;

  /**
   * @param end the feed's end on a source, past everything that was committed; null on a target
   * @param primary sessions where others write; default: those of `pool`
   */
  constructor(
    private readonly pool: SessionPool,
    private readonly end: () => Promise<Position | null>,
    private readonly primary: SessionPool = pool,
  ) {}

  digest(request: DigestRequest): Promise<Digest> {
    return this.#use(request, (digests) => digests.digest(request));
  }

  digestPartsBelow(
    request: DigestRequest,
    prefixes: readonly string[],
    parts: number,
  ): Promise<readonly DigestPart[]> {
    const above = prefixes[0]?.length ?? 0;
    const below = above + hexDigits(parts);
    return this.#use(request, (digests) => digests.parts(request, prefixes, { above, below }));
  }

  rowsOfParts(request: DigestRequest, prefixes: readonly string[]): Promise<readonly RowDigest[]> {
    return this.#use(request, (digests) => digests.rows(request, prefixes));
  }

  rowsByKey(request: DigestRequest, keys: readonly string[]): Promise<readonly RowDigest[]> {
    return this.#use(request, (digests) => digests.rowsByKey(request, keys));
  }

  orphans(request: OrphanRequest): Promise<number> {
    return this.pool.use(async ({ query }) => {
      const [row] = await query<{ n: string }>(orphansSql(request));
      return Number(row?.n ?? 0);
    });
  }

  position(): Promise<Position | null> {
    return this.end();
  }

  #use<T>(request: DigestRequest, work: (digests: Digests) => Promise<T>): Promise<T> {
    if (request.current !== true) {
      return this.pool.use(async (session) => work(await this.#digests(session, request)));
    }
    return this.primary.use(async (session) => {
      await assertPrimary(session.query);
      return work(await this.#digests(session, request));
    });
  }

  async #digests(session: MsSession, request: DigestRequest): Promise<Digests> {
    this.#major ??= (await readServerFacts(session.query)).major;
    const table = await readVerifyTable(session.query, request, this.#major);
    const byServer = request.form === 'native' || table.utf8;
    return byServer ? new ServerDigests(session, table) : new WorkerDigests(session, table);
  }
}

function hexDigits(parts: number): number {
  const digits = Math.log2(parts) / 4;
  if (Number.isInteger(digits) && digits > 0) return digits;
  throw new RangeError('The number of parts has to be a power of 16.');
}
