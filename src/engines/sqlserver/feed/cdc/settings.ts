import type { FeedName } from '../../../contract/feed.js';
import { sourceKeys } from '../../config.js';

/** What the configuration of the source says of instances that Sluice makes. */
export interface CaptureSettings {
  readonly role: string | null;
  readonly filegroup: string | null;
  /** The server refuses SWITCH of the table's partitions, whose rows no instance captures. */
  readonly refusesSwitch: boolean;
  /** What their names begin with; always with `sluice_`. */
  readonly prefix: string;
}

export function captureSettings(name: FeedName): CaptureSettings {
  const own = sourceKeys.safeParse(name.own ?? {});
  const { cdcRole, cdcFilegroup, cdcInstancePrefix, cdcPartitionSwitch } = own.success
    ? own.data
    : {};
  return {
    role: cdcRole ?? null,
    filegroup: cdcFilegroup ?? null,
    refusesSwitch: cdcPartitionSwitch === 'refuse',
    prefix: cdcInstancePrefix ?? 'sluice_',
  };
}
