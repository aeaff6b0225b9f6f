import { z } from 'zod';
import type { Finding } from '../../../contract/schema.js';
import type { Query } from '../../sql-session.js';
import { unlessHidden } from '../../unless-hidden.js';
import { readSwitch } from './enable.js';
import { captureAge } from './fence.js';
import { ENABLE_DATABASE } from './sql/enable-sql.js';
import { READ_AGENT, READ_CAPTURE_ERRORS } from './sql/fence-sql.js';
import { readMaxLsn } from './window.js';

const AGENT_ROW = z.object({ running: z.number() });
const ERROR_ROW = z.object({ number: z.number(), ageSeconds: z.number() });
/** A capture job looks at the log every 5 seconds unless it was told otherwise. */
const LATE_SECONDS = 5 * 60;
const RECENT_SECONDS = 60 * 60;

type Note = Omit<Finding, 'subject'>;

/** Whether the log is being captured, as far as this login can tell. */
export async function cdcFindings(query: Query): Promise<Finding[]> {
  const { database, enabled } = await readSwitch(query);
  const notes = enabled ? await captureNotes(query) : await offNotes(query, database);
  return notes.map((note) => ({ ...note, subject: database }));
}

/** Who switches it on needs the Agent as much as who has it on. */
async function offNotes(query: Query, database: string): Promise<Note[]> {
  const stopped = (await agentRuns(query)) === false ? [agentStopped()] : [];
  return [switchedOff(database), ...stopped];
}

/** Null: this login cannot tell. */
async function agentRuns(query: Query): Promise<boolean | null> {
  const agent = await unlessHidden(() => query(READ_AGENT));
  return agent?.[0] === undefined ? null : AGENT_ROW.parse(agent[0]).running === 1;
}

async function captureNotes(query: Query): Promise<Note[]> {
  const notes: Note[] = [];
  const running = await agentRuns(query);
  if (running === false) notes.push(agentStopped());
  const age = await captureAge(query);
  if (age !== null && age > LATE_SECONDS) notes.push(captureLate(age));
  if ((await readMaxLsn(query)) === null) notes.push(nothingCaptured(running));
  const errors = await unlessHidden(() => query(READ_CAPTURE_ERRORS));
  if (errors?.[0] !== undefined) {
    const { number, ageSeconds } = ERROR_ROW.parse(errors[0]);
    if (ageSeconds < RECENT_SECONDS) notes.push(captureFailed(number));
  }
  if (running === null && age === null) notes.push(cannotTell());
  return notes;
}

function switchedOff(database: string): Note {
  return {
    severity: 'error',
    code: 'feed.cdc-off',
    message: `Change Data Capture is not switched on in the database ${database}.`,
    remedy: `Run: ${ENABLE_DATABASE}; or set enableCdc: true in the source's settings.`,
    makes: `Change Data Capture of the database ${database}`,
  };
}

function agentStopped(): Note {
  return {
    severity: 'error',
    code: 'feed.agent-stopped',
    message: 'SQL Server Agent is not running, so nothing is captured and the log cannot be cut.',
    remedy: 'Start SQL Server Agent and let it start by itself.',
  };
}

function captureLate(seconds: number): Note {
  return {
    severity: 'error',
    code: 'feed.capture-late',
    message: `The capture job has not read the log for ${String(Math.floor(seconds / 60))} minutes.`,
    remedy: 'Look whether SQL Server Agent and the job cdc.<database>_capture run.',
  };
}

function nothingCaptured(running: boolean | null): Note {
  const agent = running === true ? ' SQL Server Agent is running.' : '';
  return {
    severity: 'info',
    code: 'feed.nothing-captured',
    message: `The capture job has not captured anything yet.${agent}`,
    remedy: 'If it stays so: look whether SQL Server Agent and the job cdc.<database>_capture run.',
  };
}

function captureFailed(number: number): Note {
  return {
    severity: 'warning',
    code: 'feed.capture-failed',
    message: `The capture job met error ${String(number)} within the last hour.`,
    remedy:
      'sys.dm_cdc_errors has its text; 22976 to 22978, 2628 and 8115 follow a changed column type.',
  };
}

function cannotTell(): Note {
  return {
    severity: 'info',
    code: 'feed.agent-unknown',
    message: 'This login cannot tell whether SQL Server Agent and the capture job run.',
    remedy: 'GRANT VIEW SERVER STATE or VIEW DATABASE STATE to it, or look at the job yourself.',
  };
}
