import { createRequire } from 'node:module';
import type mssql from 'mssql';
import { z } from 'zod';
import type { UrlKeys } from '../../config/engine-config.js';

/** Only for an ADO string: reading a configuration must not load a driver. */
const load = createRequire(import.meta.url);

type Tls = NonNullable<UrlKeys['tls']>;
interface Encryption {
  readonly tls?: Tls;
  readonly own?: Readonly<Record<string, unknown>>;
}

/** What the words of `encrypt` mean in ADO and in the URLs of the Go and Node.js drivers. */
function encryptionOf(word: string | undefined, trust: string | undefined): Encryption {
  const trusted = isYes(trust);
  switch (word?.toLowerCase()) {
    case undefined:
      return trusted ? { own: { trustServerCertificate: true } } : {};
    case 'disable':
    case 'false':
    case 'no':
      return { tls: { mode: 'disable' } };
    case 'optional':
      return { tls: { mode: 'prefer' } };
    case 'strict':
      return { own: { strictEncryption: true } };
    default:
      return trusted ? { own: { trustServerCertificate: true } } : { tls: { mode: 'verifyFull' } };
  }
}

function isYes(word: string | undefined): boolean {
  return word !== undefined && /^(true|yes|1)$/i.test(word);
}

/**
 * The address of a SQL Server in the words of our keys: `mssql://` or `sqlserver://` URLs, or an ADO
 * connection string. Throws a TypeError for what is neither, without quoting it.
 */
export function readUrl(text: string): UrlKeys {
  return /^(mssql|sqlserver):\/\//i.test(text) ? readLocator(text) : readAdo(text);
}

/** `sqlserver://user:password@host/instance?database=shop`, `mssql://user:password@host:1433/shop`. */
function readLocator(text: string): UrlKeys {
  if (!URL.canParse(text)) throw new TypeError('not a connection URL');
  const url = new URL(text);
  const options = new Map([...url.searchParams].map(([key, value]) => [key.toLowerCase(), value]));
  const option = (...names: string[]) => names.map((key) => options.get(key)).find(Boolean);
  const path = decodeURIComponent(url.pathname.slice(1));
  const named = option('database', 'initial catalog', 'databasename');
  // A path beside a database parameter is an instance, as the Go driver writes it.
  const instance = option('instance', 'instancename') ?? (named === undefined ? '' : path);
  const { tls, own } = encryptionOf(option('encrypt'), option('trustservercertificate'));
  return keysOf({
    host: decodeURIComponent(url.hostname.replace(/^\[|\]$/g, '')),
    port: url.port === '' ? undefined : Number(url.port),
    database: named ?? path,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    applicationName: option('app name', 'application name', 'applicationname'),
    connectSeconds: Number(option('connection timeout', 'dial timeout', 'connecttimeout') ?? 0),
    tls,
    own: {
      ...own,
      ...(instance === '' || url.port !== '' ? {} : { instance }),
      ...intentOf(option('applicationintent')),
      ...(isYes(option('multisubnetfailover')) ? { multiSubnetFailover: true } : {}),
    },
  });
}

/** What the parser of `mssql` gives; the keys that it reads wrongly are read here. */
const parsed = z.object({
  server: z.string(),
  port: z.number().optional(),
  database: z.string().optional(),
  user: z.string().optional(),
  domain: z.string().optional(),
  password: z.string().optional(),
  connectionTimeout: z.number().optional(),
  options: z
    .object({ instanceName: z.string().optional(), multiSubnetFailover: z.boolean().optional() })
    .optional(),
});

const SERVER_KEYS = ['server', 'data source', 'address', 'addr', 'network address'];
const SERVER_KEY = new RegExp(`(^|;)\\s*(${SERVER_KEYS.join('|')})\\s*=`, 'i');

/** The driver's parser makes 1433 of a port that is not said, and looks into no `port` key. */
const PORT_IN_SERVER = /,\s*(\d{1,5})$/;

/** `server=host,1433;user id=sa;password=…;database=shop;encrypt=disable` */
function readAdo(text: string): UrlKeys {
  if (!SERVER_KEY.test(text)) throw new TypeError('not a connection string');
  const found = parseAdo(text);
  const { options, server } = found;
  const said = adoWord(text, 'port') ?? PORT_IN_SERVER.exec(serverOf(text))?.[1];
  const port = said === undefined ? found.port : Number(said);
  const instance = options?.instanceName;
  const encryption = encryptionOf(
    adoWord(text, 'encrypt'),
    adoWord(text, 'trustservercertificate') ?? adoWord(text, 'trust server certificate'),
  );
  const domain = found.domain === undefined ? {} : { domain: found.domain };
  return keysOf({
    host: server,
    port: instance === undefined || said !== undefined ? port : undefined,
    database: found.database,
    user: found.user,
    password: found.password,
    applicationName: adoWord(text, 'application name') ?? adoWord(text, 'app'),
    connectSeconds: (found.connectionTimeout ?? 0) / 1000,
    tls: encryption.tls,
    own: {
      ...encryption.own,
      ...domain,
      // Whoever says a port means it: clients do not ask for the instance's then.
      ...(instance === undefined || said !== undefined ? {} : { instance }),
      ...intentOf(adoWord(text, 'applicationintent') ?? adoWord(text, 'application intent')),
      ...(options?.multiSubnetFailover === true ? { multiSubnetFailover: true } : {}),
    },
  });
}

function parseAdo(text: string): z.infer<typeof parsed> {
  try {
    const { ConnectionPool } = load('mssql') as typeof mssql;
    return parsed.parse(ConnectionPool.parseConnectionString(text));
  } catch {
    throw new TypeError('not a connection string');
  }
}

/** The value of a key that never needs quotes; quoted values of other keys are passed over. */
function adoWord(text: string, key: string): string | undefined {
  const plain = text.replace(/=\s*("([^"]|"")*"|'([^']|'')*'|\{([^}]|\}\})*\})/g, '=');
  const pairs = plain.split(';').map((pair) => pair.split('='));
  const found = pairs.find(([name]) => name?.trim().toLowerCase() === key);
  return found?.[1]?.trim();
}

function serverOf(text: string): string {
  const words = SERVER_KEYS.map((key) => adoWord(text, key));
  return words.find((word) => word !== undefined) ?? '';
}

function intentOf(word: string | undefined): Readonly<Record<string, unknown>> {
  if (word === undefined) return {};
  return { applicationIntent: /^read\s*only$/i.test(word) ? 'readOnly' : 'readWrite' };
}

interface Found {
  readonly host: string;
  readonly port: number | undefined;
  readonly database: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly applicationName: string | undefined;
  readonly connectSeconds: number;
  readonly tls: Tls | undefined;
  readonly own: Readonly<Record<string, unknown>>;
}

function keysOf(found: Found): UrlKeys {
  const { host, port, database, user, password, applicationName, tls } = found;
  const [domain, account] = splitLogin(user);
  const own = { ...(domain === undefined ? {} : { domain }), ...found.own };
  return {
    ...(host === '' ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(database === undefined || database === '' ? {} : { database }),
    ...(account === undefined || account === '' ? {} : { user: account }),
    ...(password === undefined || password === '' ? {} : { password }),
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(found.connectSeconds > 0 ? { connectTimeout: found.connectSeconds * 1000 } : {}),
    ...(tls === undefined ? {} : { tls }),
    ...(Object.keys(own).length === 0 ? {} : { own }),
  };
}

/** `DOMAIN\\user` is a Windows login. */
function splitLogin(user: string | undefined): [string | undefined, string | undefined] {
  const [domain, account] = user?.split('\\') ?? [];
  return account === undefined ? [undefined, user] : [domain, account];
}
