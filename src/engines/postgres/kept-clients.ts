/**
 * Clients that go from one activity of a worker to the next. Only one that is as good as new is
 * handed over: every setting it was opened with is the same, DISCARD ALL has undone what its user
 * did, and the server never sent it an error. Lanes and replication have their own sessions.
 */
import { createHash } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type pg from 'pg';
import { KeptSessions, keepsSessions } from '../kept-sessions.js';
import { placesOf, type PoolSettings, type SessionPlaces } from '../session-places.js';
import { connectPg, describeServer } from './connect.js';
import { endClient } from './end-client.js';
import type { ConnectExtra, PgConnection, PgPurpose } from './connection-options.js';
import { toPgError } from './pg-errors.js';
import { preparedNames } from './prepared-names.js';
import { startupOptions } from './session-settings.js';
import { NEW_SESSION, NEXT_USER } from './sql/kept.js';

/** For no longer is put off what only a login finds out: a locked role, where a name leads. */
const LIFE_MS = 60_000;
/** A session that does not answer by then is of no use. */
const ANSWER_MS = 5_000;

interface Who {
  readonly login: string;
  readonly role: string;
}

interface Kept {
  readonly key: string;
  readonly places: SessionPlaces;
  readonly pool: PoolSettings;
  readonly who: Who;
  readonly openedAt: number;
  /** Those of its users are taken off again. */
  readonly listeners: ReadonlySet<unknown>;
  spoiled: boolean;
}

const known = new WeakMap<pg.Client, Kept>();
const idle = new KeptSessions<pg.Client>(endClient);

/** As connectPg, but it may have been somebody else's before. Whoever is done uses giveBackPg. */
export async function borrowPg(
  connection: PgConnection,
  purpose: PgPurpose,
  extra: ConnectExtra = {},
): Promise<pg.Client> {
  const places = placesOf(connection);
  const { pool } = connection;
  if (places === null || pool === undefined || !keepsSessions()) {
    return connectPg(connection, purpose, extra);
  }
  const { key, pinned } = await pin(connection, purpose, extra);
  for (;;) {
    const client = idle.take(places, key) ?? (await connectPg(pinned, purpose, extra, { key }));
    const former = known.get(client);
    if (former === undefined) {
      await remember(client, { key, places, pool });
      return client;
    }
    if (await isReadyFor(client, former, connection.applicationName)) return client;
    await endClient(client);
  }
}

/** Ends it where it may not be handed over. */
export async function giveBackPg(client: pg.Client): Promise<void> {
  const kept = known.get(client);
  if (kept === undefined || !isFit(kept) || !(await isReset(client, kept)) || kept.spoiled) {
    return endClient(client);
  }
  const { key, places, pool } = kept;
  await idle.keep({ session: client, key, places, idleTimeoutMs: pool.idleTimeout });
}

export function neverHandOver(client: pg.Client): void {
  const kept = known.get(client);
  if (kept !== undefined) kept.spoiled = true;
}

/** The password is read now, so that one that was changed is tried out. */
async function pin(
  connection: PgConnection,
  purpose: PgPurpose,
  extra: ConnectExtra,
): Promise<{ key: string; pinned: PgConnection }> {
  const { host, port, database, user, tls } = connection;
  try {
    const password = await connection.password();
    const options = startupOptions(connection, purpose, extra);
    const all = JSON.stringify([host, port, database, user, password, tls, options]);
    const key = createHash('sha256').update(all).digest('base64');
    return { key, pinned: { ...connection, password: () => password } };
  } catch (error) {
    throw toPgError(error, extra.subject ?? describeServer(connection, purpose));
  }
}

async function remember(
  client: pg.Client,
  of: Pick<Kept, 'key' | 'places' | 'pool'>,
): Promise<void> {
  type Fresh = Who & { has_login_trigger: boolean };
  const fresh = await inTime(client.query<Fresh>(NEW_SESSION));
  const who = fresh?.rows[0];
  if (who === undefined || who.login !== who.role || who.has_login_trigger) return;
  client.once('end', () => idle.forget(client));
  client.connection.on('errorMessage', () => neverHandOver(client));
  const listeners = new Set(listenersOf(client).map(({ listener }) => listener));
  known.set(client, { ...of, who, openedAt: Date.now(), listeners, spoiled: false });
}

function isFit({ spoiled, openedAt }: Kept): boolean {
  return keepsSessions() && !spoiled && Date.now() - openedAt < LIFE_MS;
}

/** Fails inside a transaction and after anything that the driver did not finish. */
async function isReset(client: pg.Client, kept: Kept): Promise<boolean> {
  for (const { event, listener } of listenersOf(client)) {
    if (!kept.listeners.has(listener)) client.removeListener(event, listener);
  }
  if ((await inTime(client.query('DISCARD ALL'))) === null) return false;
  preparedNames(client.connection).clear();
  // The driver's own lists, which its types leave out.
  Reflect.set(client.connection, 'parsedStatements', {});
  Reflect.set(client.connection, 'submittedNamedStatements', {});
  return true;
}

/** The server answers, as the same user as at the login. */
async function isReadyFor(client: pg.Client, of: Kept, applicationName: string): Promise<boolean> {
  const answer = await inTime(client.query<Who & pg.QueryResultRow>(NEXT_USER, [applicationName]));
  const now = answer?.rows[0];
  return !of.spoiled && now?.login === of.who.login && now.role === of.who.role;
}

function listenersOf(client: EventEmitter) {
  return client.eventNames().flatMap((event) =>
    client.rawListeners(event).map((listener) => ({
      event,
      listener: listener as (...args: unknown[]) => void,
    })),
  );
}

/** Null: it failed, or there was no answer. */
async function inTime<T>(work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ANSWER_MS);
  });
  const answer = work.catch(() => null);
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
