import { z } from 'zod';
import { DEFAULTS } from './defaults.js';
import { duration } from './duration.js';
import { optionalKey, text, wholeNumber } from './key.js';
import { isReference } from './references.js';

const D = DEFAULTS.connection;

export const TLS_MODES = ['disable', 'prefer', 'require', 'verifyCa', 'verifyFull'] as const;

/** A path, or the PEM itself through a reference; a value that starts with -----BEGIN is the PEM. */
const pem = text('the path of a PEM file, or a reference to its contents');

const tls = z
  .strictObject({
    mode: optionalKey(
      z.enum(TLS_MODES),
      'How far the connection is protected: never encrypted, where the server offers it, always, with a checked issuer, with a checked issuer and host name.',
      `${D.tlsMode}; ${D.localTlsMode} for 127.0.0.1, ::1, localhost and sockets`,
    ),
    ca: optionalKey(pem, 'Certificates to trust: a PEM file or a reference to its contents.'),
    cert: optionalKey(pem, 'Client certificate: a PEM file or a reference to its contents.'),
    key: optionalKey(pem, 'Key of the client certificate: a PEM file or a reference.'),
    serverName: optionalKey(
      text('a host name'),
      'Name that the certificate must carry, where it differs from the host.',
    ),
  })
  .meta({ id: 'Tls', title: 'Connection: tls' });

const pool = z
  .strictObject({
    min: optionalKey(
      wholeNumber(0, 1000),
      'Connections per worker that stay open while idle.',
      D.pool.min,
    ),
    max: optionalKey(wholeNumber(1, 1000), 'Connections per worker at most.', D.pool.max),
    idleTimeout: optionalKey(
      duration('1s'),
      'An idle connection above min is closed after this.',
      D.pool.idleTimeout,
    ),
    healthCheckInterval: optionalKey(
      duration('1s'),
      'An idle connection is tested this often, and replaced when it is dead.',
      D.pool.healthCheckInterval,
    ),
  })
  .meta({ id: 'Pool', title: 'Connection: pool' });

const port = z.union([
  wholeNumber(1, 65535),
  z.string().refine(isReference, { error: 'is not a port; write a number without quotes' }),
]);

const sessionValue = z.union([z.string(), z.number(), z.boolean()]);

/** The keys that every engine's connections share; string values may hold references. */
export const connectionShape = {
  url: optionalKey(
    text('a URL or a reference to one such as ${SHOP_URL}'),
    'The whole address in one value, instead of host, port, database, user and password. A password inside must be a reference.',
  ),
  host: optionalKey(text('a host name or an address'), 'Host name or address of the server.'),
  port: optionalKey(port, 'Port of the server.', "the engine's usual port"),
  database: optionalKey(text('the name of a database'), 'Database on that server.'),
  user: optionalKey(text('a login name'), 'Login name.'),
  password: optionalKey(
    text('a reference such as ${SHOP_PASSWORD}'),
    'Password, by reference only: ${VARIABLE} or ${file:/path}. Read again at every connect.',
  ),
  tls: optionalKey(tls, 'Encryption of the connection.'),
  connectTimeout: optionalKey(
    duration('1s'),
    'A server that does not answer within this is unreachable.',
    D.connectTimeout,
  ),
  statementTimeout: optionalKey(
    duration('1s'),
    'A statement that runs longer is cancelled, but for those that are long by nature: loads, merges, index builds, digests of whole tables.',
    D.statementTimeout,
  ),
  applicationName: optionalKey(
    text('a name of up to 63 characters').max(63, {
      error: 'is too long; write up to 63 characters',
    }),
    "Name shown in the server's list of sessions.",
    D.applicationName,
  ),
  session: optionalKey(
    z.record(z.string(), sessionValue),
    'Settings made in every session after login: name to value, as the server spells them.',
  ),
  pool: optionalKey(pool, 'How many connections are kept.'),
};

/** For types: a connection of no particular engine. */
export const connectionBase = z.strictObject({ engine: z.string(), ...connectionShape });

export type TlsMode = (typeof TLS_MODES)[number];
