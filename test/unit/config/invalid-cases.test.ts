import { describe, expect, it } from 'vitest';
import { formatIssue } from '../../../src/config/issue.js';
import type { Case } from './case-texts.js';
import { KEYS, connection, settings, withKeys } from './case-texts.js';
import { PIPELINE, TABLES } from './pipeline-cases.js';
import { CONNECTIONS, VALID, check } from './support.js';

const FILE: readonly Case[] = [
  ['an empty file', '', 'sluice.yaml:1:1 the config is empty or not a mapping'],
  ['a list at the top', '- a\n', 'the config is empty or not a mapping'],
  ['broken YAML', 'version: 1\nconnections: {a\n', 'is not valid YAML or JSON here'],
  ['a tab as indentation', 'version: 1\nconnections:\n\ta: 1\n', 'is not valid YAML or JSON here'],
  [
    'a doubled key',
    'version: 1\nversion: 1\n',
    'sluice.yaml:2:1 the config has the same key twice',
  ],
  ['no version', 'connections: {}\npipelines: {}\n', 'version is missing; write version: 1'],
  [
    'another version',
    VALID.replace('version: 1', 'version: 2'),
    'sluice.yaml:2:1 version is not a version that this release reads; write version: 1',
  ],
  ['no pipelines', CONNECTIONS, 'pipelines is missing; write a mapping'],
  [
    'an unknown section',
    VALID.replace('pipelines:', 'pipeline:'),
    'sluice.yaml:7:1 pipeline is not a known key; write pipelines',
  ],
  [
    'an empty section',
    'version: 1\nconnections:\npipelines: {}\n',
    'connections is empty; write a mapping',
  ],
];

const CONNECTION: readonly Case[] = [
  [
    'an unknown key',
    connection(`${KEYS}databse: d\n`),
    'sluice.yaml:7:5 connections.shopDb.databse is not a known key; write',
  ],
  [
    'a key in snake case',
    connection(`${KEYS}connect_timeout: 5s\n`),
    'connections.shopDb.connect_timeout is not a known key; write connectTimeout',
  ],
  [
    'an unknown key inside tls',
    connection(`${KEYS}tls: { mod: require }\n`),
    'sluice.yaml:7:12 connections.shopDb.tls.mod is not a known key; write mode',
  ],
  [
    'an unknown engine',
    connection('engine: postgre\nhost: h\n'),
    'connections.shopDb.engine is not one of postgres',
  ],
  [
    'no engine',
    connection('host: h\n'),
    'connections.shopDb.engine is missing; write one of postgres',
  ],
  [
    'a literal password',
    connection(`${KEYS}password: hunter2\n`),
    'connections.shopDb.password is a literal password; put it into the environment',
  ],
  [
    'a password that is partly literal',
    connection(`${KEYS}password: 'a\${PW}'\n`),
    'password is a literal password',
  ],
  [
    'a literal password in the url',
    connection('engine: postgres\nurl: postgres://u:hunter2@h/d\n'),
    'connections.shopDb.url has a literal password inside',
  ],
  [
    'a literal password in a parameter',
    connection('engine: postgres\nurl: postgres://h/d?password=hunter2\n'),
    'connections.shopDb.url has a literal password inside',
  ],
  [
    'a literal password in an own URL',
    connection(`${KEYS}replicationUrl: postgres://u:hunter2@h/d\n`),
    'replicationUrl has a literal password inside',
  ],
  [
    'a private key in the file',
    connection(`${KEYS}tls: { cert: c, key: "-----BEGIN KEY" }\n`),
    'connections.shopDb.tls.key holds the key itself',
  ],
  [
    'a number as password',
    connection(`${KEYS}password: 12345\n`),
    'connections.shopDb.password is not a reference',
  ],
  [
    'a malformed reference',
    connection(`${KEYS}user: '\${1X}'\n`),
    'connections.shopDb.user has a ${ that is no reference',
  ],
  [
    'an unclosed reference',
    connection(`${KEYS}user: '\${USER'\n`),
    'connections.shopDb.user has a ${ that is no reference',
  ],
  [
    'a url and a host',
    connection('engine: postgres\nurl: "${U}"\nhost: h\n'),
    'connections.shopDb.host stands beside url',
  ],
  [
    'a url of another kind',
    connection('engine: postgres\nurl: mysql://h/d\n'),
    'url is no URL of this engine; start it with postgres://',
  ],
  [
    'neither url nor host',
    connection('engine: postgres\ndatabase: d\n'),
    'connections.shopDb has neither url nor host',
  ],
  ['no database', connection('engine: postgres\nhost: h\n'), 'connections.shopDb has no database'],
  [
    'a duration without unit',
    connection(`${KEYS}connectTimeout: 30000\n`),
    'connectTimeout is a bare number, and its unit would be a guess; write it with one: 30s',
  ],
  [
    'a duration with a wrong unit',
    connection(`${KEYS}connectTimeout: 30 sec\n`),
    'connectTimeout is not a duration',
  ],
  [
    'a duration that is too short',
    connection(`${KEYS}connectTimeout: 5ms\n`),
    'connectTimeout is too short; write 1s or more',
  ],
  [
    'an unknown tls mode',
    connection(`${KEYS}tls: { mode: verify-full }\n`),
    'tls.mode is not one of disable, prefer, require, verifyCa, verifyFull; write one of these (nearest: verifyFull)',
  ],
  [
    'a certificate without its key',
    connection(`${KEYS}tls: { cert: c.pem }\n`),
    'tls.cert stands alone',
  ],
  [
    'disabled tls with certificates',
    connection(`${KEYS}tls: { mode: disable, ca: c.pem }\n`),
    'tls.mode is disable beside other tls keys',
  ],
  [
    'a port out of range',
    connection(`${KEYS}port: 70000\n`),
    'port is not a whole number from 1 to 65535',
  ],
  [
    'a port as text',
    connection(`${KEYS}port: "five"\n`),
    'port is not a port; write a number without quotes',
  ],
  [
    'min above max',
    connection(`${KEYS}pool: { min: 9, max: 3 }\n`),
    'connections.shopDb.pool.min is above max',
  ],
  [
    'a connection that is a text',
    connection('').replace('shopDb:', 'shopDb: postgres://h/d'),
    'connections.shopDb is text; write a mapping',
  ],
  [
    'a connection name with a dot',
    connection(KEYS).replace('shopDb', 'shop.db'),
    "connections['shop.db'] is not a name for a connection",
  ],
];

describe('an invalid config is refused with the place, the path and what to write', () => {
  it.each([...FILE, ...CONNECTION, ...PIPELINE, ...TABLES])('%s', (_title, text, expected) => {
    const { config, issues } = check({ 'sluice.yaml': text });
    const errors = issues.filter((issue) => issue.severity === 'error').map(formatIssue);
    expect(config).toBeUndefined();
    expect(errors).toContainEqual(expect.stringContaining(expected));
    expect(errors).toHaveLength(1);
    expect(errors.join()).toMatch(/^sluice\.yaml:\d+:\d+ /);
    expect(errors.join()).not.toContain('hunter2');
  });

  it('the text that the cases start from is valid', () => {
    expect(check({ 'sluice.yaml': VALID }).issues).toEqual([]);
    expect(check({ 'sluice.yaml': connection(KEYS) }).issues).toEqual([]);
  });

  it('every error is reported at once, each in its own line', () => {
    const { issues } = check({
      'sluice.yaml': withKeys('attempts: x\nbatch: { rows: x }\nfoo: 1\n'),
    });
    expect(issues.map((issue) => issue.line).sort()).toEqual([11, 12, 13]);
  });

  it('settings of a table that is left out are a warning, not an error', () => {
    const { config, issues } = check({ 'sluice.yaml': settings('sales.o: { mode: full }\n') });
    expect(config).toBeDefined();
    expect(issues.map(formatIssue).join()).toContain('warning: pipelines.shop.tables.settings');
  });
});
