import { Option, type Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { LogLevel } from '../observability/logger.js';

export const ROLES = ['control', 'copy', 'stream', 'verify'] as const;
export type Role = (typeof ROLES)[number];

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

export interface WorkerOptions {
  readonly roles: readonly Role[];
  readonly logLevel: LogLevel;
  readonly metricsPort?: number;
}

export function withWorkerOptions(command: Command, logLevel: LogLevel): Command {
  return command
    .option('--roles <list>', `work to do, of ${ROLES.join(', ')}`, parseRoles, [...ROLES])
    .addOption(
      new Option('--log-level <level>', 'what goes to stderr').choices(LEVELS).default(logLevel),
    )
    .option('--metrics-port <port>', 'serve Prometheus metrics on 127.0.0.1', parsePort);
}

export function parseRoles(text: string): Role[] {
  const words = text.split(',').map((word) => word.trim());
  return words.map((word) => {
    const role = ROLES.find((known) => known === word);
    if (role === undefined) {
      throw new InvalidArgumentError(`"${word}" is none of ${ROLES.join(', ')}.`);
    }
    return role;
  });
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new InvalidArgumentError('It has to be a number from 0 to 65535.');
}
