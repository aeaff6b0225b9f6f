import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/duration.js';

/** For commander: a duration as the configuration writes it, in milliseconds. */
export function parseTimeout(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new InvalidArgumentError('Write a whole number and a unit: 30s, 5m, 1h or 7d.');
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError('Write a whole number of at least 1.');
}
