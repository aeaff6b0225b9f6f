import type { EventEmitter } from 'node:events';

/** Which prepared statements each session has, by name; gone with the session. */
const bySession = new WeakMap<EventEmitter, Map<string, string>>();

export function preparedNames(session: EventEmitter): Map<string, string> {
  let names = bySession.get(session);
  if (names === undefined) {
    names = new Map();
    bySession.set(session, names);
  }
  return names;
}
