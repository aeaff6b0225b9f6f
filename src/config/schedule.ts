import { Cron } from 'croner';
import { z } from 'zod';

/** Five fields, so that the same text means the same in a Temporal Schedule and in a crontab. */
function isCron(expression: string): boolean {
  if (expression.trim().split(/\s+/).length !== 5) return false;
  try {
    return new Cron(expression, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const CRON_ERROR =
  "is not a cron expression that ever fires; write five fields: minute hour day month weekday, such as '30 2 * * *'";
const ZONE_ERROR =
  'is not a time zone; write a name of the IANA list, such as Europe/Berlin or UTC';

export const cron = z.string({ error: CRON_ERROR }).refine(isCron, { error: CRON_ERROR });

export const timeZone = z.string({ error: ZONE_ERROR }).refine(isTimeZone, { error: ZONE_ERROR });
