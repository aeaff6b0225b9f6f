import { SluiceError } from '../../../core/errors.js';
import { displayName } from '../../../core/names.js';
import type { LaneMember } from '../../contract/lane.js';
import { LaneTableFault, MembershipChanged } from '../../contract/lane.js';
import { sharedKeyMessage } from '../../contract/shared-key.js';
import { isMembershipChanged, isOrderSensitive, isUnknownLabel, sqlStateOf } from '../pg-errors.js';
import { PipelineError } from '../pipeline.js';
import { LET_CHILDREN_BE } from './kept-children.js';
import type { Mode, Step } from './steps.js';
import type { UnusableChange } from './unusable-change.js';

/** Raised by sluice.expect_rows. */
const ROWS_MISSING = 'SL004';
/** A column or table is not the one that was planned for; cached plan must not change. */
const CATALOGUE = new Set(['42703', '42P01', '0A000', '42804']);
const LOCK_NOT_AVAILABLE = '55P03';
/** Data, constraints, schema, limits, what a trigger raised: the table's own affair. */
const TABLE_CLASSES = new Set(['0A', '21', '22', '23', '2F', '38', '39', '42', '44', '54', 'P0']);

/** Ways of applying that are worth a try after this error, in order. */
export function otherModes(error: unknown, truncates: boolean): Mode[] {
  const state = sqlStateOf(error) ?? '';
  if (state === ROWS_MISSING) return ['mend', 'reinsert', 'ordered'];
  if (isOrderSensitive(error)) return ['reinsert', 'ordered'];
  if (truncates && (state === LOCK_NOT_AVAILABLE || state === '0A000')) return ['mend', 'ordered'];
  if (CATALOGUE.has(state)) return ['fast'];
  return [];
}

export function isCatalogueError(error: unknown): boolean {
  return CATALOGUE.has(sqlStateOf(error) ?? '');
}

/**
 * What the caller of a LaneWriter gets to see: MembershipChanged, LaneTableFault when the failed
 * statement belonged to a table and the error is about its rows, else the error itself.
 */
export function meaningForLane(
  error: unknown,
  steps: readonly Step[],
  members: readonly LaneMember[],
): unknown {
  if (isMembershipChanged(error)) return new MembershipChanged();
  if (!(error instanceof PipelineError)) return error;
  const state = sqlStateOf(error) ?? '';
  const step = steps[error.statementIndex];
  if (step?.guardsKeys === true) return sharedKeyFault(members, step) ?? error;
  if (state === LOCK_NOT_AVAILABLE) return lockedFault(members, step) ?? error;
  if (!TABLE_CLASSES.has(state.slice(0, 2))) return error;
  const names = namesIn(error);
  const member =
    members.find((candidate) => candidate.tableId === step?.tableId) ??
    members.find(({ target }) => target.schema === names.schema && target.table === names.table);
  if (member === undefined) return error;
  if (isUnknownLabel(error)) return unknownLabelFault(member);
  return tableFault(member, 'ROW_REJECTED', state, names);
}

function sharedKeyFault(members: readonly LaneMember[], step: Step): LaneTableFault | undefined {
  const member = members.find(({ tableId }) => tableId === step.tableId);
  if (member === undefined) return undefined;
  const { tableId, target } = member;
  return new LaneTableFault({ tableId, code: 'ROW_REJECTED', message: sharedKeyMessage(target) });
}

/** The table waits by itself, and goes on by itself: the others of the lane do not wait with it. */
function lockedFault(
  members: readonly LaneMember[],
  step: Step | undefined,
): LaneTableFault | undefined {
  const member = members.find(({ tableId, applies }) => applies && tableId === step?.tableId);
  if (member === undefined) return undefined;
  const message =
    `Another session holds a lock on ${displayName(member.target)}. Its changes are kept, and it ` +
    'goes on by itself when the lock is gone.';
  return new LaneTableFault({ tableId: member.tableId, code: 'LOCK_TIMEOUT', message });
}

/** The catalogue watch brings the type up to the source's, and the table goes on by itself. */
function unknownLabelFault({ tableId, target }: LaneMember): LaneTableFault {
  const message = `An enum of ${displayName(target)} lacks a label that a row of the source has.`;
  return new LaneTableFault({ tableId, code: 'SCHEMA_MISMATCH', message });
}

/** A fault that was found before any row was sent: the table is missing, a column is. */
export function planFault(error: unknown, member: LaneMember): unknown {
  if (!(error instanceof SluiceError) || error.kind !== 'permanent') return error;
  return new LaneTableFault({
    tableId: member.tableId,
    code: error.code,
    message: error.message,
  });
}

/** A change that does not say which row it means, or that would take rows of other tables along. */
export function unusableFault({ member, reason }: UnusableChange): LaneTableFault {
  const { tableId, target } = member;
  if (reason !== null) {
    const message = `A change of ${displayName(target)} was not applied: ${reason}. ${LET_CHILDREN_BE}`;
    return new LaneTableFault({ tableId, code: 'ROW_REJECTED', message });
  }
  const message = `A change of ${displayName(target)} came without the key of its row.`;
  return new LaneTableFault({ tableId, code: 'KEY_MISSING', message });
}

interface Names {
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
}

function tableFault(member: LaneMember, code: string, state: string, names: Names): LaneTableFault {
  const where = [
    ...(names.constraint === undefined ? [] : [`constraint ${names.constraint}`]),
    ...(names.column === undefined ? [] : [`column ${names.column}`]),
  ];
  const about = where.length === 0 ? '' : ` (${where.join(', ')})`;
  const message = `The target table ${displayName(member.target)} refused a row${about}, SQLSTATE ${state}.`;
  return new LaneTableFault({ tableId: member.tableId, code, message });
}

/** The pipeline keeps what the server named, and nothing else of what it said, in the cause. */
function namesIn(error: PipelineError): Names {
  const text = error.cause instanceof Error ? error.cause.message : '';
  const pick = (what: string) => new RegExp(`(?:^|, )${what} ([^,]+)`).exec(text)?.[1];
  return {
    schema: pick('schema'),
    table: pick('table'),
    column: pick('column'),
    constraint: pick('constraint'),
  };
}
