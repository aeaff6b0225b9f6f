import type { AlterTableAction } from './ast.js';
import type { Queries } from './queries.js';

type Switch = Extract<AlterTableAction, { kind: 'switch' }>;

/** After ALTER TABLE … SWITCH. */
export function readSwitch(p: Queries): Switch {
  const partition = p.take('PARTITION') ? p.expression() : null;
  p.expect('TO');
  const target = p.name();
  const targetPartition = p.take('PARTITION') ? p.expression() : null;
  const lowPriority = p.take('WITH') ? p.bracketed(() => waiting(p)) : null;
  return { kind: 'switch', partition, target, targetPartition, lowPriority };
}

function waiting(p: Queries): NonNullable<Switch['lowPriority']> {
  if (!p.take('WAIT_AT_LOW_PRIORITY')) p.refuse('SWITCH … WITH this option');
  return p.bracketed(() => {
    p.expect('MAX_DURATION', '=');
    const minutes = Number(p.integer());
    p.take('MINUTES');
    p.expect(',', 'ABORT_AFTER_WAIT', '=');
    return { minutes, abortAfterWait: p.expectAny('NONE', 'SELF', 'BLOCKERS') };
  });
}
