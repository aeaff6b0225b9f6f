import { circlesOf, circleText } from '../../core/foreign-key-circles.js';
import { displayName } from '../../core/names.js';
import type { Finding, TableModel } from '../../engines/contract/schema.js';

export const FOREIGN_KEY_CIRCLE = 'target.foreign-key-circle';

/** Where each statement is checked by itself, no order of tables satisfies foreign keys in a circle. */
export function foreignKeyCircles(
  target: string,
  models: readonly Pick<TableModel, 'name' | 'neutral'>[],
): Finding[] {
  const tables = models.map(({ name, neutral }) => ({
    name,
    references: neutral.foreignKeys.map(({ references }) => references),
  }));
  return circlesOf(tables).map((circle) => ({
    severity: 'warning',
    code: FOREIGN_KEY_CIRCLE,
    subject: circle[0] === undefined ? target : displayName(circle[0]),
    message: `The foreign keys ${circleText(circle)} form a circle, and ${target} checks each statement by itself, which no order of statements satisfies: these keys stay disabled although foreignKeys is enforce.`,
    remedy:
      'Write foreignKeys: keep, with which verification still names rows without their parent; or exclude one of these tables.',
  }));
}
