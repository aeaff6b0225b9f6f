import type {
  ControlActivities,
  CopyActivities,
  FollowActivities,
  StreamActivities,
  VerifyActivities,
  WatchActivities,
} from '../core/protocol.js';
import { controlActivities } from './control/control.js';
import { copyActivities } from './full-sync/copy.js';
import { followActivities } from './watch/follow-target.js';
import { streamActivities } from './lane/apply-changes.js';
import { verifyActivities } from './verify/verify.js';
import { watchActivities } from './watch/watch.js';
import type { Dependencies } from './dependencies.js';

export interface Registry {
  readonly control: ControlActivities & WatchActivities & FollowActivities;
  readonly copy: CopyActivities;
  readonly stream: StreamActivities;
  readonly verify: VerifyActivities;
}

/** Every activity by the queue that serves it. */
export function createActivities(deps: Dependencies): Registry {
  return {
    control: { ...controlActivities(deps), ...watchActivities(deps), ...followActivities(deps) },
    copy: copyActivities(deps),
    stream: streamActivities(deps),
    verify: verifyActivities(deps),
  };
}
