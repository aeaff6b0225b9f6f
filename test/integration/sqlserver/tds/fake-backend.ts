import type {
  Backend,
  BulkMeta,
  Login,
  ResultSink,
  RunRequest,
  Session,
  TdsValue,
} from '../../../support/sqlserver/backend.js';
import { SqlError } from '../../../support/sqlserver/backend.js';

type Answer = (request: RunRequest, sink: ResultSink, session: FakeSession) => Promise<void> | void;

/** Just enough of a server to see what the protocol makes of it. */
export class FakeBackend implements Backend {
  readonly sessions: FakeSession[] = [];
  readonly answers = new Map<string, Answer>();
  bulkLoad: (rows: AsyncIterable<readonly TdsValue[]>) => Promise<number> = countRows;

  async login(login: Login): Promise<Session> {
    if (login.password !== 'right') {
      throw new SqlError(18456, `Login failed for user '${login.user}'.`, { level: 14 });
    }
    if (login.database === 'absent') {
      const message = `Cannot open database "absent" requested by the login. The login failed.`;
      throw new SqlError(4060, message, { level: 11 });
    }
    const session = new FakeSession(this, login, 51 + this.sessions.length);
    this.sessions.push(session);
    return session;
  }

  /** What is answered to a batch or procedure with exactly this text. */
  on(text: string, answer: Answer): void {
    this.answers.set(text, answer);
  }

  get last(): FakeSession {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error('nobody logged in');
    return session;
  }
}

export class FakeSession implements Session {
  readonly requests: RunRequest[] = [];
  readonly calls: string[] = [];
  bulkColumns: readonly BulkMeta[] = [];
  depth = 0;
  closed = false;

  constructor(
    readonly backend: FakeBackend,
    readonly loggedIn: Login,
    readonly spid: number,
  ) {}

  get database(): string {
    return this.loggedIn.database;
  }

  async run(request: RunRequest, sink: ResultSink): Promise<void> {
    this.requests.push(request);
    const answer = this.backend.answers.get(request.text);
    if (answer === undefined) sink.done(null);
    else await answer(request, sink, this);
  }

  async begin(isolation: number, name: string): Promise<void> {
    this.calls.push(`begin ${String(isolation)} ${name}`);
    this.depth += 1;
  }

  async commit(): Promise<void> {
    if (this.depth === 0) throw new SqlError(3902, 'The COMMIT has no BEGIN.');
    this.calls.push('commit');
    this.depth = 0;
  }

  async rollback(name: string): Promise<void> {
    this.calls.push(`rollback ${name}`);
    this.depth = 0;
  }

  async save(name: string): Promise<void> {
    this.calls.push(`save ${name}`);
  }

  inTransaction(): boolean {
    return this.depth > 0;
  }

  async bulk(
    statement: string,
    rows: AsyncIterable<readonly TdsValue[]>,
    columns: readonly BulkMeta[],
  ): Promise<number> {
    this.calls.push(statement);
    this.bulkColumns = columns;
    return this.backend.bulkLoad(rows);
  }

  async reset(): Promise<void> {
    this.calls.push('reset');
    this.depth = 0;
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

async function countRows(rows: AsyncIterable<readonly TdsValue[]>): Promise<number> {
  let count = 0;
  for await (const _row of rows) count += 1;
  return count;
}
