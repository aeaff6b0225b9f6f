import { destination, pino } from 'pino';

export type Logger = Pick<ReturnType<typeof pino>, 'debug' | 'info' | 'warn' | 'error'>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** JSON lines on stderr (stdout belongs to commands). Row values and secrets are never logged. */
export function createLogger(level: LogLevel, name = 'sluice'): Logger {
  return pino({ name, level, base: { pid: process.pid } }, destination({ fd: 2, sync: false }));
}
