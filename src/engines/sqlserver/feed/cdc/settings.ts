import type { FeedName } from '../../../contract/feed.js';
import { sourceKeys } from '../../config.js';

/** What the configuration of the source says of instances that Sluice makes. */
export interface CaptureSettings {
  readonly role: string | null;
  readonly filegroup: string | null;
  /** What their names begin with; always with `sluice_`. */
  readonly prefix: string;
}

export function captureSettings(name: FeedName): CaptureSettings {
  const own = sourceKeys.safeParse(name.own ?? {});
  const { cdcRole, cdcFilegroup, cdcInstancePrefix } = own.success ? own.data : {};
  return {
    role: cdcRole ?? null,
    filegroup: cdcFilegroup ?? null,
    prefix: cdcInstancePrefix ?? 'sluice_',
  };
}
