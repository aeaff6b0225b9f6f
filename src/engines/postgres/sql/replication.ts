import { SluiceError } from '../../../core/errors.js';
import { quoteIdent, quoteLiteral } from './quote.js';

/** Replication sessions take no parameters, so the slot's name is a literal here. */
export function selectSlotSql(slot: string): string {
  return `
    SELECT s.plugin,
           s.wal_status,
           s.confirmed_flush_lsn::text AS confirmed_flush_lsn,
           coalesce(s.database = current_database(), false) AS is_here
      FROM pg_catalog.pg_replication_slots AS s
     WHERE s.slot_name = ${quoteLiteral(slot)}`;
}

export interface StartReplicationText {
  readonly slot: string;
  readonly publications: readonly string[];
  /** As the server prints positions. */
  readonly from: string;
  readonly protoVersion: number;
  readonly binary: boolean;
  readonly streaming: boolean;
  readonly messages: boolean;
}

/** The command of the streaming replication protocol, with the options of pgoutput (14 and up). */
export function startReplicationSql(start: StartReplicationText): string {
  const publications = start.publications.map(quoteIdent).join(',');
  const options = [
    `proto_version ${quoteOption(String(start.protoVersion))}`,
    `publication_names ${quoteOption(publications)}`,
    `binary ${quoteOption(String(start.binary))}`,
    `messages ${quoteOption(String(start.messages))}`,
    ...(start.streaming ? [`streaming 'on'`] : []),
  ];
  const slot = quoteIdent(start.slot);
  return `START_REPLICATION SLOT ${slot} LOGICAL ${start.from} (${options.join(', ')})`;
}

/** The replication grammar knows no escape strings and takes a backslash as it is. */
function quoteOption(text: string): string {
  if (text.includes('\0')) {
    throw new SluiceError('CONFIG_INVALID', 'A publication name holds a NUL character.');
  }
  return `'${text.replaceAll("'", "''")}'`;
}
