/** Certificates of an authority of the test's own, made by the openssl command. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

const REQUEST = ['req', '-newkey', 'rsa:2048', '-nodes'];

/** ca.crt and ca.key in the folder. */
export function createAuthority(directory: string): void {
  openssl(directory, REQUEST, [
    ...['-x509', '-days', '2', '-subj', '/CN=test authority'],
    ...['-keyout', 'ca.key', '-out', 'ca.crt'],
  ]);
}

/** <file>.crt and <file>.key in the folder of an authority, for a host or a login of this name. */
export function createCertificate(directory: string, file: string, name: string): void {
  const [key, csr, crt] = [`${file}.key`, `${file}.csr`, `${file}.crt`];
  openssl(directory, REQUEST, ['-subj', `/CN=${name}`, '-keyout', key, '-out', csr]);
  writeFileSync(join(directory, 'names'), `subjectAltName=DNS:${name}\n`);
  openssl(
    directory,
    ['x509', '-req', '-days', '2', '-in', csr],
    [
      ...['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'],
      ...['-out', crt],
    ],
  );
}

export function readPem(directory: string, file: string): string {
  return readFileSync(join(directory, file), 'utf8');
}

/** A PostgreSQL server refuses a key that others may read or that is not its own. */
export function giveKeyTo(dataDir: string, directory: string, file: string): void {
  const owner = statSync(dataDir);
  chmodSync(directory, 0o755);
  chownSync(join(directory, file), owner.uid, owner.gid);
  chmodSync(join(directory, file), 0o600);
}

function openssl(directory: string, command: readonly string[], args: readonly string[]): void {
  execFileSync('openssl', [...command, ...args], { cwd: directory, stdio: 'ignore' });
}
